/** What went wrong, as a line for people. */
export const lineOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

/** The status of an answer that is no success; undefined if the fault is another one. */
export function statusOf(fault: unknown): number | undefined {
  return (fault as { readonly status?: number }).status;
}
