import { normalCdf } from "../core/numeric/normal.ts";

/** The p is exact up to this many differences other than 0. With more, the normal approximation is as good. */
const MOST_EXACT = 25;

/**
 * The p of Wilcoxon's signed-rank test, one-sided: the probability of a sum of positive ranks at least as large as here, if
 * each difference were as likely to be negative as positive. Differences of 0 get ranks and count half for either side
 * (Pratt's ranks, split); differences of equal size share the mean of their ranks. Up to 25 differences p is exact, by a
 * count over all choices of signs.
 */
export function signedRankP(differences: readonly number[]): number {
  const sorted = [...differences].sort((a, b) => Math.abs(a) - Math.abs(b));
  const ranks: number[] = []; // doubled, so that means of ranks are whole numbers
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

/** The share of all choices of signs whose positive ranks sum to at least `positive`. */
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
