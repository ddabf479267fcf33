import { toPoint } from "../../core/gaussian-process/coordinates.ts";
import { appendPoint, meanAt } from "../../core/gaussian-process/posterior.ts";
import { nonDominatedBoxes } from "../../core/search/boxes.ts";
import { rowAt } from "../../core/search/history.ts";
import { largestSubset } from "../../core/search/hypervolume.ts";
import { addToFronts, countAtLeastAsGood, nonDominated, withPoint } from "../../core/search/pareto.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { distinct } from "../distinct.ts";
import { lengthsOf } from "./climb.ts";
import { chanceIn } from "./feasibility.ts";
import { frontScorer } from "./front-scorer.ts";
import { maximize } from "./maximize.ts";
import { type Model, modelOf } from "./model.ts";
import type { Columns } from "./observations.ts";
import { noiseAt } from "./propose.ts";
import { withSurvival } from "./scorer.ts";

type Costs = readonly number[];

/** Candidates are drawn around this many trials of the front. */
const BEST = 4;
/** With more trials on the front than this, those that have the largest hypervolume together stand for all. */
const MOST_OF_FRONT = 100;

/**
 * The point that is expected to add most to the hypervolume and is likely to live; null if all points were seen.
 *
 * @param columns - Of each objective. They have the same trials.
 */
export function proposeForFront(context: AskContext, columns: readonly Columns[]): Float64Array | null {
  const { history, noise } = context;
  const [first] = columns as readonly [Columns, ...Columns[]];
  const models = columns.map((each, k) =>
    modelOf(history, each, noise, { objective: k, meritsOf: (count) => ranksOf(columns, count) }),
  );
  const shown = shownOf(columns, models[0]!.members);
  const costs = costsOf(models, columns, shown);
  const front = nonDominated(costs);
  const reference = referenceOf(costs);
  const objectives = models.map((model, k) => {
    const values = front.map((at) => columns[k]!.values[shown[at]!]!).sort((a, b) => a - b);
    return { posterior: model.posterior, noise: noiseAt(model, values[values.length >> 1]!) };
  });
  const known = front.map((at) => costs[at]!);
  const spread = largestSubset(known, MOST_OF_FRONT, reference);
  const held = spread.map((at) => known[at]!);
  const boxes = nonDominatedBoxes([...held, ...addRunning(context, models)], reference);
  const scorer = withSurvival(frontScorer(objectives, boxes), chanceIn(history, first));
  const best = spread.slice(0, BEST).map((at) => rowAt(history, first.valued[shown[front[at]!]!]!));
  const found = maximize(context, scorer, best, lengthsOfAll(models), null);
  return distinct(context, () => found);
}

/**
 * The observations that may be on the front: those in the models, and those whose values are on it. Ones that did not live
 * are left out, unless there are no others.
 */
function shownOf(columns: readonly Columns[], members: readonly number[]): number[] {
  const [{ alive, valued, values }] = columns as readonly [Columns];
  const lives = (k: number): boolean => alive[valued[k]!] === 1;
  const own = members.filter(lives);
  if (own.length === 0) return [...members];
  if (members.length === values.length) return own;
  const all = values.map((_, k) => k).filter(lives);
  const front = nonDominated(all.map((k) => columns.map((each) => each.values[k]!))).map((at) => all[at]!);
  return [...new Set([...own, ...front])].sort((a, b) => a - b);
}

/** The means of the models at observations: the values less what the models take for noise. */
function costsOf(models: readonly Model[], columns: readonly Columns[], shown: readonly number[]): Costs[] {
  return shown.map((k) =>
    models.map(({ posterior }, objective) => {
      const { coordinates, points, valued } = columns[objective]!;
      return meanAt(posterior, points, valued[k]! * coordinates.dims);
    }),
  );
}

/** The rank of each of the first `count` observations by non-domination. */
function ranksOf(columns: readonly Columns[], count: number): Float64Array {
  const fronts: { readonly at: number; readonly costs: Costs }[][] = [];
  for (let at = 0; at < count; at++)
    addToFronts(fronts, { at, costs: columns.map(({ values }) => values[at]!) });
  const ranks = new Float64Array(count);
  for (const [rank, front] of fronts.entries()) for (const { at } of front) ranks[at] = rank;
  return ranks;
}

/** The reference point is worse than the worst cost by this share of the costs' range, or by 1 where they are all equal. */
const MARGIN = 0.1;

/**
 * The point up to which hypervolume counts: a little worse than the worst cost of any trial that lived. So far out, the
 * ends of the front count for much, and the front is searched for in its whole width.
 */
function referenceOf(costs: readonly Costs[]): number[] {
  return costs[0]!.map((_, k) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const each of costs) [low, high] = [Math.min(low, each[k]!), Math.max(high, each[k]!)];
    return high + (MARGIN * (high - low) || 1);
  });
}

/** Appends the running trials to the models as if they had the values that these predict, and returns the values. */
function addRunning({ history }: AskContext, models: readonly Model[]): Costs[] {
  const { coordinates } = models[0]!.posterior;
  const point = new Float64Array(coordinates.dims);
  return [...history.running.values()].map(({ row }) => {
    toPoint(coordinates, row, point);
    return models.map(({ posterior }) => {
      const mean = meanAt(posterior, point);
      appendPoint(posterior, point, 0, 0);
      return mean;
    });
  });
}

/** The lengthscale of each param: the geometric mean over the objectives. */
function lengthsOfAll(models: readonly Model[]): Float64Array {
  const all = models.map(({ posterior }) => lengthsOf(posterior.coordinates, posterior.parameters.weights));
  return all[0]!.map((_, p) =>
    Math.exp(all.reduce((sum, lengths) => sum + Math.log(lengths[p]!), 0) / all.length),
  );
}

/** How many observations there are after the last one that no earlier one was at least as good as in all objectives. */
export function sinceFront(columns: readonly Columns[]): number {
  const [{ values, alive, valued }] = columns as readonly [Columns];
  let front: Costs[] = [];
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const costs = columns.map((each) => each.values[i]!);
    if (!alive[valued[i]!] || countAtLeastAsGood(front, costs) > 0) continue;
    front = withPoint(front, costs);
    last = i;
  }
  return values.length - 1 - last;
}
