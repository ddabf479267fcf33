/** The number as JSON has it: null for NaN and infinities, 0 for -0. */
export function toJson(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  return value === 0 ? 0 : value;
}
