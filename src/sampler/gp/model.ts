import type { Coordinates } from "../../core/gaussian-process/coordinates.ts";
import {
  fitParameters,
  type LogPrior,
  type Observations,
  type Parameters,
} from "../../core/gaussian-process/fit.ts";
import {
  appendPoint,
  emptyPosterior,
  type Posterior,
  setValues,
  truncate,
} from "../../core/gaussian-process/posterior.ts";
import type { History } from "../../core/search/history.ts";
import { splitNoise } from "../../core/search/split-noise.ts";
import { memo } from "../memo.ts";
import { type Columns, pointsOf } from "./observations.ts";
import { choose, fittedAt } from "./schedule.ts";
import { logDensityGain, slopeAt, type Warp, warpsOf, warpValue } from "./warp.ts";

/** A Gaussian process of the objective, with the trials that it has learned from. */
export interface Model {
  /** With how many of the observations the parameters were fitted. */
  readonly fitted: number;
  readonly warp: Warp;
  /** The standard deviation that the noise between splits gives a value; 0 if it is not known. */
  readonly splitNoise: number;
  readonly posterior: Posterior;
  /** The observations that are points of the posterior, as positions in the lists of `Columns`. */
  readonly members: number[];
  /** How many observations were considered: all that there are. */
  considered: number;
}

/** The posterior has at most this many observations when its parameters are fitted. */
const MOST_POINTS = 360;
/** The parameters are fitted with at most this many of them, and fewer where there are many dimensions. */
const MOST_FITTED = 200;
const MOST_DISTANCES = 2e6;
/** The warp is chosen by fits to so many of them. */
const FEW = 80;

/**
 * The prior of the noise where equal params should give equal values, in units of the variance of the values. The bound
 * leaves most of the variance to the function: after few trials a fit without it can explain all differences as noise,
 * and would then find nothing left to gain.
 */
const LITTLE_NOISE: LogPrior = {
  mean: Math.log(1e-4),
  sd: 2.5,
  low: Math.log(1e-6),
  high: Math.log(0.3),
};
/** The prior where they need not: the study says so, or its splits show it. */
const SOME_NOISE: LogPrior = { mean: Math.log(1e-2), sd: 1, low: Math.log(1e-4), high: Math.log(0.3) };

const kept = memo((_: History): { [objective: number]: Model } => ({}));

/**
 * The model of all observations of an objective, at least one. It follows from them alone; what is kept with the history
 * saves time.
 *
 * @param meritsOf - Of the first `count` observations, the smaller the better: the best ones are in the model. Default:
 *   their values.
 */
export function modelOf(
  history: History,
  columns: Columns,
  isNoisy: boolean,
  objective = 0,
  meritsOf: (count: number) => ArrayLike<number> = () => columns.values,
): Model {
  const count = columns.values.length;
  const fitted = fittedAt(count);
  const models = kept(history);
  let model = models[objective];
  if (model?.fitted !== fitted) {
    const members = choose(fitted > MOST_POINTS ? meritsOf(fitted) : [], fitted, MOST_POINTS);
    const noise = splitNoise(history, columns.valued[fitted - 1]! + 1);
    const prior = isNoisy || noise > 0 ? SOME_NOISE : LITTLE_NOISE;
    // The steps of a trial are values of its first objective.
    model = fitModel(columns, members, fitted, objective === 0 ? noise : 0, prior);
    models[objective] = model;
  }
  truncate(model.posterior, model.members.length);
  for (; model.considered < count; model.considered++) append(model, columns, model.considered);
  setValues(
    model.posterior,
    Float64Array.from(model.members, (k) => warpValue(model.warp, columns.values[k]!)),
  );
  return model;
}

function fitModel(
  columns: Columns,
  chosen: readonly number[],
  count: number,
  noise: number,
  prior: LogPrior,
): Model {
  const { warp, parameters } = fitBest(columns, chosen, noise, prior);
  const model: Model = {
    fitted: count,
    warp,
    splitNoise: noise,
    posterior: emptyPosterior(columns.coordinates, parameters),
    members: [],
    considered: count,
  };
  for (const k of chosen) append(model, columns, k);
  return model;
}

function append({ posterior, members, warp, splitNoise: noise }: Model, columns: Columns, k: number): void {
  const at = columns.valued[k]! * columns.coordinates.dims;
  appendPoint(posterior, columns.points, at, varianceOf(warp, columns, k, noise));
  members.push(k);
}

/** The known variance of an observation's warped value: an estimate has its own, a value that of its splits. */
function varianceOf(warp: Warp, { values, sds }: Columns, k: number, noise: number): number {
  return warpedVariance(warp, values[k]!, sds[k]! > 0 ? sds[k]! : noise);
}

/** The variance of a warped value, from the standard deviation of the value. */
export function warpedVariance(warp: Warp, value: number, sd: number): number {
  return Math.min(LARGEST_VARIANCE, (sd * slopeAt(warp, value)) ** 2);
}

/** A value with this variance, in units of the variance of all values, says nothing. */
const LARGEST_VARIANCE = 1e4;

/**
 * Fits the parameters for each warp to a part of the observations, and chooses the warp under which the values as they
 * are have the larger density. From there the parameters are fitted to all of them.
 */
function fitBest(
  columns: Columns,
  members: readonly number[],
  noise: number,
  prior: LogPrior,
): { readonly warp: Warp; readonly parameters: Parameters } {
  const warps = warpsOf(members.map((k) => columns.values[k]!));
  const some = (most: number): number[] =>
    choose(
      members.map((k) => columns.values[k]!),
      members.length,
      most,
    ).map((m) => members[m]!);
  const few = some(FEW);
  const observe = (warp: Warp, of: readonly number[]): Observations => ({
    coordinates: columns.coordinates,
    points: pointsOf(
      columns,
      of.map((k) => columns.valued[k]!),
    ),
    values: Float64Array.from(of, (k) => warpValue(warp, columns.values[k]!)),
    variances: Float64Array.from(of, (k) => varianceOf(warp, columns, k, noise)),
    noise: prior,
  });
  const fits = warps.map((warp) => {
    const { parameters, score } = fitParameters(observe(warp, few));
    const gain = logDensityGain(
      warp,
      few.map((k) => columns.values[k]!),
    );
    return { warp, parameters, score: score + gain };
  });
  const best = fits.reduce((one, other) => (other.score > one.score ? other : one));
  if (few.length === members.length) return best;
  const { parameters } = fitParameters(
    observe(best.warp, some(mostFitted(columns.coordinates))),
    best.parameters,
  );
  return { warp: best.warp, parameters };
}

function mostFitted({ dims }: Coordinates): number {
  return Math.min(MOST_FITTED, Math.floor(Math.sqrt((2 * MOST_DISTANCES) / Math.max(1, dims))));
}
