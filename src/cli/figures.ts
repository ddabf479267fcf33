/** How figures are shown to people. */

/** Six significant digits, without trailing zeros. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** `0.4 s`, `42 s`, `3 m 20 s`, `2 h 5 m`. */
export function span(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} m ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}
