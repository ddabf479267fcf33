import type { RunningTrial } from "../../core/search/history.ts";
import type { Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";
import type { Chance } from "../survival/survival.ts";
import { type BlockTrials, readPoint, TIER } from "./block-trials.ts";
import { isBlockActive } from "./blocks.ts";
import { survivalOf } from "./feasibility.ts";
import { chooseGood } from "./good-trials.ts";
import { emptyMixture, ensureCapacity, type Mixture, setKernel, setWeights } from "./mixture.ts";

/** The densities of a block's good and bad trials. */
export interface BlockModel {
  readonly trials: BlockTrials;
  readonly good: Mixture;
  readonly bad: Mixture;
  /** Indices of the good trials, the best first. */
  readonly goodRows: Int32Array;
  /** How likely a trial lives; null while none has died. */
  readonly survival: Chance | null;
}

/** The share of trials that is good: large enough that a density over some params soon has the kernels it needs. */
const GOOD_SHARE = 0.2;
/** The largest number of good kernels. More make an ask slower, and its proposals no better. */
const GOOD_LIMIT = 25;
/**
 * A width is this factor times the spread of the points times Scott's factor, n^(-1/(d+4)) (Scott, "Multivariate
 * Density Estimation", 1992). Bad kernels are narrow, because a bad trial says something of its neighbourhood only.
 */
const GOOD_WIDTH = 0.8;
const BAD_WIDTH = 0.4;
/** The least width of a kernel, in the unit interval. */
const LEAST_WIDTH = 0.005;
/**
 * Weight of the flat prior, in trials. In the good density it is two, so that some proposals always come from anywhere
 * in the space.
 */
const GOOD_PRIOR = 2;
const BAD_PRIOR = 1;
/**
 * Weight of a running trial among the bad ones: enough to keep the next trial away from its very point, and too little
 * to keep it out of the good region, in which the running trial is probably too.
 */
const RUNNING_WEIGHT = 0.05;
/** Variance of a uniform draw, which counts as one more trial, so that the spread of a few points is not too small. */
const FLAT_VARIANCE = 1 / 12;

const mixturesOf = memo((trials: BlockTrials) => ({
  good: emptyMixture(trials.layout),
  bad: emptyMixture(trials.layout),
  goodRows: new Int32Array(GOOD_LIMIT),
  /** How many finished trials have a kernel in the bad density, at its present widths. */
  placed: 0,
}));

/** Fits a block's densities. Running trials count a little as bad, so that the next one goes elsewhere. */
export function fitBlock(trials: BlockTrials, running: Iterable<RunningTrial>, space: Space): BlockModel {
  const state = mixturesOf(trials);
  for (let k = 0; k < state.good.count; k++) state.bad.skipped[state.goodRows[k]!] = 0;
  fitGood(trials, state.good, state.goodRows);
  fitBad(trials, state, running, space);
  return { trials, good: state.good, bad: state.bad, goodRows: state.goodRows, survival: survivalOf(trials) };
}

/**
 * How many trials are good: a share of those that are complete or were stopped by the pruner, but only complete ones.
 * While there are none of both, a share of the infeasible ones, which are ranked by how far they are over.
 */
function goodCount({ counts }: BlockTrials): number {
  const complete = counts[TIER.complete]!;
  const share = (count: number): number => Math.min(GOOD_LIMIT, Math.ceil(GOOD_SHARE * count));
  if (complete > 0) return Math.min(complete, share(complete + counts[TIER.pruned]!));
  return counts[TIER.pruned]! > 0 ? 0 : share(counts[TIER.infeasible]!);
}

function fitGood(trials: BlockTrials, good: Mixture, rows: Int32Array): void {
  const { layout, points } = trials;
  const count = goodCount(trials);
  good.count = count;
  ensureCapacity(good, count);
  chooseGood(trials, count, rows);
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
  for (let k = 0; k < count; k++) setKernel(good, k, points, rows[k]! * layout.dims, weights[k]!);
  setWeights(good, GOOD_PRIOR, count);
}

/** Weights that fall with the logarithm of the rank, as in CMA-ES, and sum to `count`; cached for each count. */
export function rankWeights(count: number): Float64Array {
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

type Mixtures = ReturnType<typeof mixturesOf>;

function fitBad(trials: BlockTrials, state: Mixtures, running: Iterable<RunningTrial>, space: Space): void {
  const { bad, good, goodRows } = state;
  const { layout, points, size } = trials;
  if (setBadWidths(trials, bad, goodRows, good.count)) state.placed = 0;
  ensureCapacity(bad, size);
  for (; state.placed < size; state.placed++)
    setKernel(bad, state.placed, points, state.placed * layout.dims, 1);
  bad.count = size;
  for (const trial of running) {
    if (!isBlockActive(space, trial.row, trials.block)) continue;
    readPoint(trials, trial.row);
    ensureCapacity(bad, bad.count + 1);
    setKernel(bad, bad.count++, trials.point, 0, RUNNING_WEIGHT);
  }
  if (bad.skipped.length < bad.count) bad.skipped = new Uint8Array(bad.own.length);
  for (let k = 0; k < good.count; k++) bad.skipped[goodRows[k]!] = 1;
  setWeights(bad, BAD_PRIOR, bad.count - good.count);
}

/**
 * Sets the widths of the bad kernels, from the spread of the bad trials: the sums over all trials less those of the
 * good ones. Widths are rounded to steps of 4 %, so that they seldom change, because then all kernels have to be set
 * anew.
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
