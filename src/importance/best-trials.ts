import { largestSubset } from "../core/search/hypervolume.ts";
import { nonDominationRanks } from "../core/search/pareto.ts";

/** The largest front whose trials are chosen by hypervolume, whose time grows with the square of their number. */
const MOST_OF_FRONT = 500;

/**
 * Marks the best trials. With one cost those are all that are no worse than the `count`-th best. With several they are
 * those of the first fronts; of the front that has more than are wanted, those that have the largest hypervolume together,
 * as in Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator", JAIR 73, 2022. A front of more than 500 trials is
 * divided evenly along its first cost instead.
 *
 * @param costs - The costs of each trial, all finite: smaller is better.
 * @param share - Which share of the trials is wanted, above 0; it is rounded up to whole trials.
 * @returns 1 for each trial among the best, else 0.
 */
export function markBest(costs: readonly Float64Array[], share: number): Uint8Array {
  const [first] = costs as [Float64Array];
  const count = Math.ceil(share * first.length);
  if (costs.length > 1) return markFronts(costs, count);
  const cut = Float64Array.from(first).sort()[count - 1]!;
  return Uint8Array.from(first, (cost) => (cost <= cut ? 1 : 0));
}

function markFronts(costs: readonly Float64Array[], count: number): Uint8Array {
  const trials = costs[0]!.length;
  const points = Array.from({ length: trials }, (_, trial) => costs.map((column) => column[trial]!));
  const ranks = nonDominationRanks(points, count);
  const fronts: number[][] = [];
  ranks.forEach((rank, trial) => {
    fronts[rank] ??= [];
    fronts[rank].push(trial);
  });
  const marks = new Uint8Array(trials);
  let missing = count;
  for (const front of fronts) {
    const chosen = front.length <= missing ? front : mostSpread(front, points, missing);
    for (const trial of chosen) marks[trial] = 1;
    missing -= chosen.length;
    if (missing <= 0) break;
  }
  return marks;
}

/** The trials of a front that have the largest hypervolume together, up to a point a tenth beyond the worst costs. */
function mostSpread(front: readonly number[], points: readonly number[][], count: number): number[] {
  if (front.length > MOST_OF_FRONT) {
    const order = [...front].sort((a, b) => points[a]![0]! - points[b]![0]! || a - b);
    return Array.from({ length: count }, (_, k) => order[Math.floor((k * order.length) / count)]!);
  }
  const costs = front.map((trial) => points[trial]!);
  const reference = costs[0]!.map((_, k) => {
    const worst = costs.reduce((most, point) => Math.max(most, point[k]!), Number.NEGATIVE_INFINITY);
    return Math.max(1.1 * worst, 0.9 * worst) || Number.EPSILON;
  });
  return largestSubset(costs, count, reference).map((place) => front[place]!);
}
