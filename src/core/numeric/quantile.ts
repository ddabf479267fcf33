/**
 * The quantile `q` of numbers in ascending order: linear between the two nearest ones, as numpy and R do by default. NaN
 * without numbers.
 */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  // Two equal infinities have no difference.
  return low === high ? low : low + (high - low) * (at - below);
}
