import { toPoint } from "../../core/gaussian-process/coordinates.ts";
import { appendPoint, meanAt } from "../../core/gaussian-process/posterior.ts";
import { type History, rowAt } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { distinct } from "../distinct.ts";
import { memo } from "../memo.ts";
import { improvementScorer } from "./acquisition.ts";
import type { Region } from "./candidates.ts";
import { lengthsOf } from "./climb.ts";
import { chanceIn } from "./feasibility.ts";
import { maximize } from "./maximize.ts";
import { type Model, modelOf, warpedVariance } from "./model.ts";
import { type Columns, columnsOf } from "./observations.ts";
import { CAUTION, NOT_WORTH, type Scorer, withSurvival } from "./scorer.ts";
import { type Source, sourceOf } from "./source.ts";

/** Candidates are drawn around this many of the best trials. */
const BEST = 4;

/** The point with the largest expected improvement that is likely to live; null if all points were seen. */
export function propose(context: AskContext, columns: Columns): Float64Array | null {
  const { history, noise, learned } = context;
  // Own trials know better than those of another study, once they are as many.
  const isLearning = learned && history.size < learned.size;
  const source = isLearning ? teacherOf(learned, history, columns) : null;
  const model = modelOf(history, columns, noise, { source });
  const means = meansOf(model, columns);
  const order = orderOf(model, columns, means);
  const threshold = Math.min(means[order[0]!]!, addRunning(context, model));
  const noiseThere = noiseAt(model, columns.values[model.members[order[0]!]!]!);
  const improvement = improvementScorer({ objective: model.posterior, threshold, noise: noiseThere });
  const scorer = withSurvival(improvement, chanceIn(history, columns));
  const lengths = lengthsOf(columns.coordinates, model.posterior.parameters.weights);
  const best = order.slice(0, BEST).map((m) => rowAt(history, columns.valued[model.members[m]!]!));
  const region = noiseThere > 0 ? null : regionOf(context, columns, best[0]!, lengths);
  const inRegion = region && maximize(context, scorer, best, lengths, region);
  // Where all of the region is likely to die, its best candidate is no good one.
  const isGood = inRegion && (scorer === improvement || scoreOf(scorer, inRegion) > LEAST_IN_REGION);
  const found = isGood ? inRegion : maximize(context, scorer, best, lengths, null);
  return distinct(context, () => found);
}

/** The least score of a proposal in a region where trials have died: what is not worth a risk, times a small chance. */
const LEAST_IN_REGION = NOT_WORTH + CAUTION * Math.log(0.5);

function scoreOf(scorer: Scorer, row: Float64Array): number {
  const point = new Float64Array(scorer.coordinates.dims);
  toPoint(scorer.coordinates, row, point);
  return scorer.scoreAt(point);
}

/** The model of what the study learns from. It may have noise: params that its study did not have are drawn at random. */
const learnedModel = memo((learned: History) => modelOf(learned, columnsOf(learned, ["minimize"]), true));

function teacherOf(learned: History, history: History, columns: Columns): Source {
  return sourceOf(history, columns, learnedModel(learned).posterior);
}

/** The reach of the region right after an improvement, and after how many trials without one it is halved. */
const WIDEST = 0.2;
const HALVED = 10;
const NARROWEST = 2 ** -8;
/** After so many trials without an improvement, every second one is in the region. */
const PATIENCE = 3;
/** With more noise than this share of the variance of all values it is not known which trial is the best one. */
const MOST_NOISE = 0.01;

/**
 * Every second trial stays close to the best one, in a region that becomes narrower while nothing better is found, and is
 * longer along params with a longer lengthscale (Eriksson et al., "Scalable Global Optimization via Local Bayesian
 * Optimization", NeurIPS 2019). Where the model is too sure of what it knows, the expected improvement alone would look
 * at every corner of the space before it went on there.
 *
 * @returns null for the other trials.
 */
function regionOf(
  { number }: AskContext,
  { values }: Columns,
  center: Float64Array,
  lengths: Float64Array,
): Region | null {
  const since = sinceBest(values);
  if (number % 2 === 0 || since < PATIENCE) return null;
  const side = Math.max(NARROWEST, WIDEST * 2 ** -Math.floor(since / HALVED));
  const logs = lengths.map((length) => Math.log(Math.min(2, length)));
  const middle = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { center, reach: logs.map((log) => Math.min(1, side * Math.exp(log - middle))) };
}

/** How many observations there are after the best one. */
export function sinceBest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[best]!) best = i;
  return values.length - 1 - best;
}

/** The mean of the model at its observations: their values less what it takes for noise. */
function meansOf({ posterior, members }: Model, columns: Columns): Float64Array {
  const { dims } = columns.coordinates;
  return Float64Array.from(members, (k) => meanAt(posterior, columns.points, columns.valued[k]! * dims));
}

/** The variance around the function of a value that is about `value`; 0 if there is hardly any. */
export function noiseAt({ fit: { warp, parameters, splitNoise } }: Model, value: number): number {
  const noise = parameters.noise + warpedVariance(warp, value, splitNoise);
  return noise > MOST_NOISE ? noise : 0;
}

/** The model's observations from the best mean to the worst; those that lived come before all others. */
function orderOf({ members }: Model, { alive, valued }: Columns, means: Float64Array): number[] {
  const isDead = (m: number): number => 1 - alive[valued[members[m]!]!]!;
  return members.map((_, m) => m).sort((a, b) => isDead(a) - isDead(b) || means[a]! - means[b]! || a - b);
}

/**
 * Appends the running trials to the model as if they had the values that it predicts, so that trials that run at the same
 * time are spread out. (Ginsbourger et al., "Kriging is well-suited to parallelize optimization", 2010: Kriging believer.)
 *
 * @returns the smallest of these values.
 */
function addRunning({ history }: AskContext, { posterior }: Model): number {
  const point = new Float64Array(posterior.coordinates.dims);
  let least = Number.POSITIVE_INFINITY;
  for (const { row } of history.running.values()) {
    toPoint(posterior.coordinates, row, point);
    least = Math.min(least, meanAt(posterior, point));
    appendPoint(posterior, point, 0, 0);
  }
  return least;
}
