import { type Enqueued, readEnqueued } from "../launch/enqueued.ts";

/** The option of `launch` and `resume` for params to try first. */
export const enqueueOption = {
  type: "string",
  array: true,
  nargs: 1,
  requiresArg: true,
  describe: "params to try first, as JSON or in a file of JSON lines; may be repeated",
} as const;

/** What the option asks for, as often as it was typed. @throws BelayError `usage`. */
export function enqueued(value: unknown): Enqueued[] {
  return ((value as string[] | undefined) ?? []).flatMap((text) => readEnqueued("--enqueue", text));
}
