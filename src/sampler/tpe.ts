import { BelayError, show } from "../core/error.ts";
import type { Rng } from "../core/rng.ts";
import type { AskContext, Sampler } from "../core/sampler.ts";
import type { Space } from "../core/space.ts";
import { cellCount, fromUnit } from "../core/unit-cube.ts";
import { type BlockTrials, blockTrials, toPoint } from "./block-trials.ts";
import { isBlockActive } from "./blocks.ts";
import { distinct, mustBeDistinct, seenBefore, uniformRow } from "./distinct.ts";
import { drawPoint, logDensity } from "./kernels.ts";
import { memo } from "./memo.ts";
import { type BlockModel, fitBlock } from "./parzen.ts";

export interface TpeOptions {
  /**
   * How many trials have to be finished before the model is asked; until then params are drawn at random.
   *
   * @default 10 - two good trials and eight bad ones
   */
  readonly startupTrials?: number;
  /**
   * How many points are drawn from the good trials' density, of which the best is proposed. More are greedier.
   *
   * @default 24 - as in the first paper
   */
  readonly candidates?: number;
}

/**
 * The tree-structured Parzen estimator: finished trials are split into good and bad ones, a density is put on each,
 * and the candidate with the largest ratio of good to bad density is proposed. Bergstra et al., "Algorithms for
 * Hyper-Parameter Optimization", NeurIPS 2011; over all params jointly as in Falkner et al., "BOHB", ICML 2018.
 *
 * Conditional spaces go block by block (params that are active together), each given the values above it. Running
 * trials count as bad. Trials that a guard ended, that failed or that broke a constraint are bad, however good their
 * value. NaN rule: a complete trial whose value is NaN counts as failed. Of several objectives it sees the first.
 *
 * O(candidates * trials * params) at worst for an ask; what is kept with the history makes a tell O(log trials).
 *
 * @throws BelayError `usage`: an option that is no whole number above 0.
 */
export function tpe(options: TpeOptions = {}): Sampler {
  const { startupTrials = 10, candidates = 24 } = options;
  for (const [name, value] of Object.entries({ startupTrials, candidates })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new BelayError("usage", `tpe: ${name}: expected a whole number above 0, got ${show(value)}`);
  }
  return {
    name: "tpe",
    ask: (context) => {
      const { history, space, directions } = context;
      const stream = context.rng("tpe");
      const uniform = (): Float64Array | null => distinct(context, () => uniformRow(space, stream));
      if (history.size < startupTrials) return uniform();
      const running = [...history.running.values()];
      const models = blockTrials(history, directions).map((trials) => fitBlock(trials, running, space));
      return propose(context, models, candidates, stream) ?? uniform();
    },
  };
}

/** The best candidate that may be proposed; null when all were seen before. */
function propose(
  context: AskContext,
  models: readonly BlockModel[],
  candidates: number,
  stream: Rng,
): Float64Array | null {
  const seen = mustBeDistinct(context) ? seenBefore(context.history) : null;
  let best: Float64Array | null = null;
  let bestScore = Number.NEGATIVE_INFINITY;
  let row: Float64Array = new Float64Array(context.space.params.length);
  for (let c = 0; c < candidates; c++) {
    const score = drawCandidate(context.space, models, row, stream, bestScore);
    if (!(score > bestScore) || seen?.(row)) continue;
    bestScore = score;
    const free: Float64Array = best ?? new Float64Array(row.length);
    best = row;
    row = free;
  }
  return best;
}

const pointOf = memo((trials: BlockTrials) => new Float64Array(trials.layout.dims));

/** Fills a row, block by block, and scores it; -Infinity for one that does not come up to the best score. */
function drawCandidate(
  space: Space,
  models: readonly BlockModel[],
  row: Float64Array,
  stream: Rng,
  bestScore: number,
): number {
  row.fill(Number.NaN);
  let score = 0;
  for (const model of models) {
    const { trials, good, bad } = model;
    if (!isBlockActive(space, row, trials.block)) continue;
    const point = pointOf(trials);
    const { params, distributions, layout } = trials;
    for (let d = 0; d < layout.given; d++) point[d] = toPoint(distributions[d]!, row[params[d]!]!);
    drawPoint(good, trials.points, model.goodRows, point, stream);
    for (let d = layout.given; d < layout.dims; d++) setParam(model, d, point, row);
    const goodness = logDensity(good, point, Number.POSITIVE_INFINITY);
    // With one block, a bad density above this cannot beat the best score.
    const alone = models.length === 1;
    const limit = alone
      ? Math.exp(goodness - bestScore - bad.logScale) * bad.totalWeight
      : Number.POSITIVE_INFINITY;
    const badness = logDensity(bad, point, limit);
    if (badness === Number.NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY;
    score += goodness - badness;
  }
  return score;
}

/** Takes a drawn coordinate into the row, and what the row made of it (a step, a whole number) back into the point. */
function setParam({ trials }: BlockModel, d: number, point: Float64Array, row: Float64Array): void {
  const distribution = trials.distributions[d]!;
  if (distribution.kind === "categorical") {
    row[trials.params[d]!] = point[d]!;
    return;
  }
  const value = fromUnit(distribution, point[d]!);
  row[trials.params[d]!] = value;
  if (distribution.step !== null || cellCount(distribution) > 0) point[d] = toPoint(distribution, value);
}
