/** The quantiles 0.975 of Student's t with 1, 2, ... degrees of freedom; beyond them that of the normal distribution is near. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;

/** The mean of paired differences with its 95 % interval by Student's t; null with fewer than two of them. */
export function differenceInterval(
  differences: readonly number[],
): { readonly mean: number; readonly low: number; readonly high: number } | null {
  const count = differences.length;
  if (count < 2) return null;
  const mean = differences.reduce((sum, each) => sum + each, 0) / count;
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  // Between 30 and infinitely many degrees of freedom t falls from 2.042 to 1.960 almost as 1 / freedom.
  const freedom = count - 1;
  const t = T[freedom - 1] ?? 1.96 + (2.042 - 1.96) * (30 / freedom);
  const half = t * Math.sqrt(variance / count);
  return { mean, low: mean - half, high: mean + half };
}
