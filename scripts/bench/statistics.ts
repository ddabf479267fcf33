// The statistics that the benchmarks report.

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The quantile at `share` in [0, 1], by linear interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const order = sorted(values);
  const at = share * (order.length - 1);
  const left = Math.floor(at);
  const right = Math.min(order.length - 1, left + 1);
  return order[left]! + (order[right]! - order[left]!) * (at - left);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/**
 * Wilcoxon's signed-rank test of paired values, two-sided, without pairs that differ by zero. The distribution is exact
 * for up to 25 pairs without ties; otherwise it is the normal approximation, corrected for ties.
 *
 * @returns the p-value, and the side: below 0 if `a` tends to be smaller.
 */
export function wilcoxon(a: readonly number[], b: readonly number[]): { p: number; side: number } {
  const differences = a.map((value, i) => value - b[i]!).filter((difference) => difference !== 0);
  const n = differences.length;
  if (n === 0) return { p: 1, side: 0 };
  const rank = ranks(differences.map(Math.abs));
  const positive = rank.reduce((sum, r, i) => (differences[i]! > 0 ? sum + r : sum), 0);
  const middle = (n * (n + 1)) / 4;
  const side = Math.sign(positive - middle);
  if (n <= 25 && new Set(rank).size === n)
    return { p: exactP(n, Math.min(positive, 2 * middle - positive)), side };
  const groups = new Map<number, number>();
  for (const r of rank) groups.set(r, (groups.get(r) ?? 0) + 1);
  const ties = [...groups.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  const deviation = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - ties / 48);
  const z = (Math.abs(positive - middle) - 0.5) / deviation;
  return { p: Math.min(1, 2 * (1 - normalCdf(z))), side };
}

/** Twice the probability of a rank sum of at most `w` if every sign is decided by a coin. */
function exactP(n: number, w: number): number {
  let counts: number[] = [1];
  for (let rank = 1; rank <= n; rank++) {
    const next = new Array<number>(counts.length + rank).fill(0);
    counts.forEach((count, sum) => {
      next[sum]! += count;
      next[sum + rank]! += count;
    });
    counts = next;
  }
  const low = counts.slice(0, Math.floor(w) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * low) / 2 ** n);
}

function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * poly;
  return x >= 0 ? 1 - upper : upper;
}
