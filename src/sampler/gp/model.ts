import type { Coordinates } from "../../core/gaussian-process/coordinates.ts";
import {
  fitParameters,
  type LogPrior,
  type Observations,
  type Parameters,
} from "../../core/gaussian-process/fit.ts";
import type { PriorMean } from "../../core/gaussian-process/posterior.ts";
import type { History } from "../../core/search/history.ts";
import { splitNoise } from "../../core/search/split-noise.ts";
import { memo } from "../memo.ts";
import { type Learned, learn } from "./learned.ts";
import { type Columns, pointsOf } from "./observations.ts";
import { choose } from "./schedule.ts";
import { expected, priorMean, type Source, TRUST } from "./source.ts";
import { logDensityGain, slopeAt, type Warp, warpsOf, warpValue } from "./warp.ts";

/** What a fit to values is: under which warp they were fitted, and the parameters. */
interface ModelFit {
  readonly warp: Warp;
  readonly parameters: Parameters;
  /** What another study teaches, and what of it the model takes for its prior mean; null: nothing. */
  readonly source: Source | null;
  readonly taught: PriorMean | null;
  /** The standard deviation that the noise between splits gives a value; 0 if it is not known. */
  readonly splitNoise: number;
}

/** A Gaussian process of an objective. Its members are positions in the lists of `Columns`. */
export type Model = Learned<ModelFit>;

/** Up to this many observations all are in the model. */
const MOST_POINTS = 400;
/** Of more, this many are. */
const CHOSEN = 240;
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

/** What a model may be told besides its observations. */
interface ModelOptions {
  /** Of which objective the observations are. @default 0 */
  readonly objective?: number;
  /** Of the first `count` observations, the smaller the better: the best ones are in the model. @default their values */
  readonly meritsOf?: (count: number) => ArrayLike<number>;
  /** Another study to learn from. @default none */
  readonly source?: Source | null;
}

/**
 * The model of all observations of an objective, at least one. It follows from them alone; what is kept with the history
 * saves time.
 */
export function modelOf(
  history: History,
  columns: Columns,
  isNoisy: boolean,
  { objective = 0, meritsOf = () => columns.values, source = null }: ModelOptions = {},
): Model {
  const { values, valued, points, coordinates } = columns;
  const models = kept(history);
  const before = models[objective];
  const isSame = before?.fit.source?.posterior === source?.posterior;
  const model = learn(isSame ? before : undefined, values.length, {
    coordinates,
    points,
    at: (k) => valued[k]! * coordinates.dims,
    choose: (count) =>
      count <= MOST_POINTS
        ? Array.from({ length: count }, (_, k) => k)
        : choose(meritsOf(count), count, CHOSEN),
    fit(members, count) {
      const noise = splitNoise(history, valued[count - 1]! + 1);
      const prior = isNoisy || noise > 0 ? SOME_NOISE : LITTLE_NOISE;
      // The steps of a trial are values of its first objective.
      const known = objective === 0 ? noise : 0;
      return { ...fitBest(columns, members, { noise: known, prior, source }), source, splitNoise: known };
    },
    value: ({ warp, taught }, k) => warpValue(warp, values[k]!) - expected(taught, source, k),
    variance: ({ warp, splitNoise: sd }, k) => varianceOf(warp, columns, k, sd),
  });
  models[objective] = model;
  return model;
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

/** What a fit needs besides the observations. */
interface Fitting {
  /** The standard deviation that the noise between splits gives a value; 0 if it is not known. */
  readonly noise: number;
  readonly prior: LogPrior;
  readonly source: Source | null;
}

/**
 * Fits the parameters for each warp to a part of the observations, and chooses the warp under which the values as they
 * are have the larger density. From there the parameters are fitted to all of them. With a source each warp is tried with
 * and without what it teaches, so that a source that misleads is left out.
 */
function fitBest(
  columns: Columns,
  members: readonly number[],
  { noise, prior, source }: Fitting,
): { readonly warp: Warp; readonly parameters: Parameters; readonly taught: PriorMean | null } {
  const warps = warpsOf(members.map((k) => columns.values[k]!));
  const some = (most: number): number[] =>
    choose(
      members.map((k) => columns.values[k]!),
      members.length,
      most,
    ).map((m) => members[m]!);
  const few = some(FEW);
  const observe = (warp: Warp, taught: PriorMean | null, of: readonly number[]): Observations => ({
    coordinates: columns.coordinates,
    points: pointsOf(
      columns,
      of.map((k) => columns.valued[k]!),
    ),
    values: Float64Array.from(of, (k) => warpValue(warp, columns.values[k]!) - expected(taught, source, k)),
    variances: Float64Array.from(of, (k) => varianceOf(warp, columns, k, noise)),
    noise: prior,
  });
  const lessons = (warp: Warp): (PriorMean | null)[] => {
    if (!source) return [null];
    const taught = priorMean(source, few, (k) => warpValue(warp, columns.values[k]!));
    return taught ? [null, taught] : [null];
  };
  const fits = warps.flatMap((warp) => {
    const gain = logDensityGain(
      warp,
      few.map((k) => columns.values[k]!),
    );
    return lessons(warp).map((taught) => {
      const { parameters, score } = fitParameters(observe(warp, taught, few));
      return { warp, parameters, taught, score: score + gain + (taught ? TRUST : 0) };
    });
  });
  const best = fits.reduce((one, other) => (other.score > one.score ? other : one));
  if (few.length === members.length) return best;
  const { parameters } = fitParameters(
    observe(best.warp, best.taught, some(mostFitted(columns.coordinates))),
    best.parameters,
  );
  return { ...best, parameters };
}

function mostFitted({ dims }: Coordinates): number {
  return Math.min(MOST_FITTED, Math.floor(Math.sqrt((2 * MOST_DISTANCES) / Math.max(1, dims))));
}
