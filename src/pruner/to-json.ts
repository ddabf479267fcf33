/** The number, or null for NaN and infinities, which JSON does not have. */
export function toJson(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
