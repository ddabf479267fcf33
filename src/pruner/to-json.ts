/** JSON has no NaN and no infinities. */
export function toJson(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
