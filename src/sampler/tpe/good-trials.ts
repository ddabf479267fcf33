import { largestSubset } from "../../core/search/hypervolume.ts";
import type { BlockTrials, RankedTrial } from "./block-trials.ts";

/** The largest number of trials of a front among which good ones are chosen. */
const MOST_OF_FRONT = 100;
/** The reference point of a front whose costs are scaled to the range from 0 to 1. */
const REFERENCE = 1.1;

/**
 * Writes the indices of the `count` best trials to `rows`, the best first. With several objectives those are the trials of
 * the first fronts, as in Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator", JAIR 73, 2022: of the last
 * front that is needed, and for the order within a front, those that have the largest hypervolume together.
 */
export function chooseGood({ order, fronts }: BlockTrials, count: number, rows: Int32Array): void {
  if (fronts === null || fronts.length === 0) {
    for (let k = 0; k < count; k++) rows[k] = order[k]!;
    return;
  }
  let chosen = 0;
  for (const front of fronts) {
    for (const trial of mostSpread(front, count - chosen)) rows[chosen++] = trial.index;
    if (chosen === count) return;
  }
}

/** The trials of a front that have the largest hypervolume together, those first that add most to the ones before. */
function mostSpread(whole: readonly RankedTrial[], count: number): RankedTrial[] {
  const front = thinned(whole);
  const scales = front[0]!.costs.map((_, k) => {
    const costs = front.map((trial) => trial.costs[k]!).filter(Number.isFinite);
    const low = Math.min(...costs);
    return { low, range: Math.max(...costs) - low || 1 };
  });
  const points = front.map(({ costs }) => costs.map((cost, k) => scaled(cost, scales[k]!)));
  const reference = scales.map(() => REFERENCE);
  return largestSubset(points, count, reference).map((place) => front[place]!);
}

/** A front that is not too large to choose from: each k-th trial, by the first cost, with both ends. */
function thinned(front: readonly RankedTrial[]): readonly RankedTrial[] {
  if (front.length <= MOST_OF_FRONT) return front;
  const order = [...front].sort((a, b) => a.costs[0]! - b.costs[0]! || a.index - b.index);
  const stride = (front.length - 1) / (MOST_OF_FRONT - 1);
  return Array.from({ length: MOST_OF_FRONT }, (_, k) => order[Math.round(k * stride)]!);
}

/** A cost in the range of its front's finite costs, from 0 to 1; infinite ones are at the ends. */
function scaled(cost: number, { low, range }: { readonly low: number; readonly range: number }): number {
  return Math.min(1, Math.max(0, (cost - low) / range));
}
