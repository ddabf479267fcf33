import type { RunningTrial } from "../../core/search/history.ts";
import type { Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";
import { type BlockTrials, readPoint, TIER } from "./block-trials.ts";
import { isBlockActive } from "./blocks.ts";
import { type Survival, survivalOf } from "./feasibility.ts";
import { emptyMixture, type Mixture, place, reserve, settle } from "./mixture.ts";

/** The densities of a block's good and bad trials. */
export interface BlockModel {
  readonly trials: BlockTrials;
  readonly good: Mixture;
  readonly bad: Mixture;
  /** The good trials, the best first. */
  readonly goodRows: Int32Array;
  /** What kills trials here; null while nothing has. */
  readonly survival: Survival | null;
}

/** The share of trials that is good. With it as many kernels as a density of some params needs are there early. */
const GOOD_SHARE = 0.2;
/** More good kernels than these make an ask slower and its proposals no better. */
const GOOD_LIMIT = 25;
/**
 * Widths are these times the spread of the points times Scott's factor, n^(-1/(d+4)) (Scott, "Multivariate Density
 * Estimation", 1992). Bad kernels are narrow: a bad trial speaks against its own place, not against its side.
 */
const GOOD_WIDTH = 0.8;
const BAD_WIDTH = 0.4;
const LEAST_WIDTH = 0.005;
/** The good density's prior is worth two trials, which keeps a stream of proposals coming from everywhere. */
const GOOD_PRIOR = 2;
const BAD_PRIOR = 1;
/**
 * What a running trial weighs among the bad ones: enough to turn away from its very place, and too little to drive the
 * others out of the good region, which it was sent to for a reason.
 */
const RUNNING_WEIGHT = 0.05;
/** The variance of a uniform draw: the spread counts one trial of it, so that few points never seem to agree. */
const FLAT_VARIANCE = 1 / 12;

const kept = memo((trials: BlockTrials) => ({
  good: emptyMixture(trials.layout),
  bad: emptyMixture(trials.layout),
  goodRows: new Int32Array(GOOD_LIMIT),
  /** How many of the bad density's kernels stand for finished trials at the widths that it has. */
  placed: 0,
}));

/** Fits a block's densities; running trials count a little as bad, so that the next one goes elsewhere. */
export function fitBlock(trials: BlockTrials, running: Iterable<RunningTrial>, space: Space): BlockModel {
  const state = kept(trials);
  for (const row of state.goodRows.subarray(0, state.good.count)) state.bad.skipped[row] = 0;
  fitGood(trials, state.good, state.goodRows);
  fitBad(trials, state, running, space);
  return { trials, good: state.good, bad: state.bad, goodRows: state.goodRows, survival: survivalOf(trials) };
}

/**
 * How many trials are good: a share of those that were judged by their value, and only complete ones; while there is
 * none, a share of the infeasible ones, which differ in how far they are over.
 */
function goodCount({ counts }: BlockTrials): number {
  const complete = counts[TIER.complete]!;
  const share = (count: number): number => Math.min(GOOD_LIMIT, Math.ceil(GOOD_SHARE * count));
  if (complete > 0) return Math.min(complete, share(complete + counts[TIER.pruned]!));
  return counts[TIER.pruned]! > 0 ? 0 : share(counts[TIER.infeasible]!);
}

function fitGood(trials: BlockTrials, good: Mixture, rows: Int32Array): void {
  const { layout, points, order } = trials;
  const count = goodCount(trials);
  good.count = count;
  reserve(good, count);
  for (let k = 0; k < count; k++) rows[k] = order[k]!;
  const weights = rankWeights(count);
  const shrink = GOOD_WIDTH * count ** (-1 / (layout.dims + 4));
  for (let d = 0; d < layout.dims; d++) {
    let mean = 0;
    for (let k = 0; k < count; k++) mean += (weights[k]! * points[rows[k]! * layout.dims + d]!) / count;
    let squares = FLAT_VARIANCE;
    for (let k = 0; k < count; k++)
      squares += weights[k]! * (points[rows[k]! * layout.dims + d]! - mean) ** 2;
    good.widths[d] = Math.max(LEAST_WIDTH, trials.leastWidths[d]!, shrink * Math.sqrt(squares / (count + 1)));
  }
  for (let k = 0; k < count; k++) place(good, k, points, rows[k]! * layout.dims, weights[k]!);
  settle(good, GOOD_PRIOR, count);
}

/** Weights that fall with the logarithm of the rank, as in CMA-ES, and sum to `count`; kept for each count. */
function rankWeights(count: number): Float64Array {
  let weights = weightsOf[count];
  if (!weights) {
    weights = Float64Array.from({ length: count }, (_, k) => Math.log(count + 0.5) - Math.log(k + 1));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights = weights.map((weight) => (weight * count) / sum);
    weightsOf[count] = weights;
  }
  return weights;
}

const weightsOf: Float64Array[] = [];

type Kept = ReturnType<typeof kept>;

function fitBad(trials: BlockTrials, state: Kept, running: Iterable<RunningTrial>, space: Space): void {
  const { bad, good, goodRows } = state;
  const { layout, points, size } = trials;
  if (setBadWidths(trials, bad, goodRows, good.count)) state.placed = 0;
  reserve(bad, size);
  for (; state.placed < size; state.placed++) place(bad, state.placed, points, state.placed * layout.dims, 1);
  bad.count = size;
  for (const trial of running) {
    if (!isBlockActive(space, trial.row, trials.block)) continue;
    readPoint(trials, trial.row);
    reserve(bad, bad.count + 1);
    place(bad, bad.count++, trials.point, 0, RUNNING_WEIGHT);
  }
  if (bad.skipped.length < bad.count) bad.skipped = new Uint8Array(bad.own.length);
  for (let k = 0; k < good.count; k++) bad.skipped[goodRows[k]!] = 1;
  settle(bad, BAD_PRIOR, bad.count - good.count);
}

/**
 * The bad trials' spread by what the sums over all trials leave without the good ones. Widths are rounded to a grid of
 * 4 %, so that they seldom change: only then the kernels have to be placed anew.
 *
 * @returns whether a width has changed.
 */
function setBadWidths(trials: BlockTrials, bad: Mixture, goodRows: Int32Array, goodCount: number): boolean {
  const { layout, points, size, sums, squares, leastWidths } = trials;
  const count = Math.max(1, size - goodCount);
  const shrink = BAD_WIDTH * count ** (-1 / (layout.dims + 4));
  let changed = false;
  for (let d = 0; d < layout.dims; d++) {
    if (layout.choices[d]! > 0) continue;
    let sum = sums[d]!;
    let square = squares[d]!;
    for (let k = 0; k < goodCount; k++) {
      const point = points[goodRows[k]! * layout.dims + d]!;
      sum -= point;
      square -= point * point;
    }
    const spread = Math.sqrt((Math.max(0, square - (sum * sum) / count) + FLAT_VARIANCE) / (count + 1));
    const width =
      2 ** (Math.round(Math.log2(Math.max(LEAST_WIDTH, leastWidths[d]!, shrink * spread)) * 16) / 16);
    changed ||= width !== bad.widths[d];
    bad.widths[d] = width;
  }
  return changed;
}
