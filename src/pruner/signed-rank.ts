import { normalCdf } from "../core/normal.ts";

/** With at most so many differences that are not 0 the p is exact; with more the normal approximation is as good. */
const MOST_EXACT = 25;

/**
 * Wilcoxon's signed-rank test, one-sided: how probable differences are whose ranks lie as far above 0 as these, if each
 * were as likely to be below 0. Differences that are 0 get ranks and count half for either side (Pratt's ranks, split);
 * equal ones share the mean of their ranks. Exact up to 25 differences: their signs are counted out.
 */
export function signedRankP(differences: readonly number[]): number {
  const sorted = [...differences].sort((a, b) => Math.abs(a) - Math.abs(b));
  const ranks: number[] = []; // doubled, so that a mean of ranks is a whole number
  let positive = 0;
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const size = Math.abs(sorted[start]!);
    while (end < sorted.length && Math.abs(sorted[end]!) === size) end++;
    if (size === 0) continue;
    for (let k = start; k < end; k++) {
      ranks.push(start + 1 + end);
      if (sorted[k]! > 0) positive += start + 1 + end;
    }
  }
  if (ranks.length === 0) return 1;
  return ranks.length <= MOST_EXACT ? exactTail(ranks, positive) : normalTail(ranks, positive);
}

/** The share of all choices of signs whose positive ranks sum up to at least this. */
function exactTail(ranks: readonly number[], positive: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  let most = 0;
  for (const rank of ranks) {
    for (let sum = most; sum >= 0; sum--) ways[sum + rank]! += ways[sum]!;
    most += rank;
  }
  let tail = 0;
  for (let sum = positive; sum <= total; sum++) tail += ways[sum]!;
  return tail / 2 ** ranks.length;
}

function normalTail(ranks: readonly number[], positive: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const squares = ranks.reduce((sum, rank) => sum + rank * rank, 0);
  return 1 - normalCdf((positive - total / 2) / Math.sqrt(squares / 4));
}
