import {
  meanAt,
  type Posterior,
  slopesHere,
  varianceBound,
  varianceHere,
} from "../../core/gaussian-process/posterior.ts";
import { logCdf, logImprovement } from "./log-improvement.ts";

/** What a candidate is judged by: the log of its expected improvement, plus that of its chance to live. */
export interface Acquisition {
  readonly objective: Posterior;
  /** The mean that is to be improved on. */
  readonly threshold: number;
  /** The variance of a value around the function. */
  readonly noise: number;
  /** null: no trial has died yet. */
  readonly survival: Posterior | null;
  /** The predicted label at which a trial's chance to live counts as one half. */
  readonly margin: number;
}

/**
 * The exponent of the probability of survival. It is above 1, because a trial that dies teaches little and costs as much
 * as one that lives.
 */
const CAUTION = 6;
/** The spread of the label that the survival model predicts, -1 to 1, at a point that it knows. */
const SPREAD = 0.5;

/**
 * The logarithm of the expected improvement, in standard deviations of the values, that is not worth a risk. Where a
 * study has converged, only what is not known to live has more to offer, and without this the search would go there.
 */
const NOT_WORTH = Math.log(1e-4);

/** An upper bound of the score at the point that begins at position `at`, without the O(n^2) of a variance. */
export function boundAt(acquisition: Acquisition, points: Float64Array, at = 0): number {
  const { objective, threshold, noise } = acquisition;
  const gain = threshold - meanAt(objective, points, at);
  return withSurvival(acquisition, logExpected(gain, varianceBound(objective), noise), points, at);
}

/** The score at the point that begins at position `at`: the larger the better. */
export function scoreAt(acquisition: Acquisition, points: Float64Array, at = 0): number {
  const { objective, threshold, noise } = acquisition;
  const gain = threshold - meanAt(objective, points, at);
  return withSurvival(acquisition, logExpected(gain, varianceHere(objective), noise), points, at);
}

function logExpected(gain: number, variance: number, noise: number): number {
  const sd = Math.sqrt(variance);
  return logImprovement(gain / sd).value + Math.log(sd) + logNews(variance, noise).value;
}

/**
 * The logarithm of 1 - sqrt(noise / (variance + noise)), and its derivative by the variance: how much of what a trial would
 * show is news. Without it a noisy study would go back to its best point again and again (Huang et al., "Global Optimization
 * of Stochastic Black-Box Systems via Sequential Kriging Meta-Models", J. Global Optimization 34, 2006).
 */
function logNews(variance: number, noise: number): { readonly value: number; readonly slope: number } {
  const share = noise / (variance + noise);
  const root = Math.sqrt(share);
  // 1 - root, without cancellation where the variance is small.
  const news = (1 - share) / (1 + root);
  return { value: Math.log(news), slope: (0.5 * root) / ((variance + noise) * news) };
}

function withSurvival(
  { survival, margin }: Acquisition,
  improvement: number,
  points: Float64Array,
  at: number,
): number {
  if (!survival) return improvement;
  const label = meanAt(survival, points, at);
  return logSum(improvement, NOT_WORTH) + CAUTION * logCdf((label - margin) / SPREAD).value;
}

/** log(e^a + e^b), without overflow. */
function logSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/** The score at a point, of which it writes the derivatives by the positions of the number params to `gradient`. */
export function scoreWithSlopes(
  { objective, threshold, noise, survival, margin }: Acquisition,
  point: Float64Array,
  gradient: Float64Array,
): number {
  const gain = threshold - meanAt(objective, point);
  const variance = varianceHere(objective);
  const sd = Math.sqrt(variance);
  const { value, slope } = logImprovement(gain / sd);
  const other = new Float64Array(gradient.length);
  slopesHere(objective, gradient, other);
  const news = logNews(variance, noise);
  const varianceShare = (1 - (slope * gain) / sd) / (2 * variance) + news.slope;
  for (let d = 0; d < gradient.length; d++)
    gradient[d] = (-slope * gradient[d]!) / sd + varianceShare * other[d]!;
  const improvement = value + Math.log(sd) + news.value;
  if (!survival) return improvement;
  const worth = logSum(improvement, NOT_WORTH);
  const share = Math.exp(improvement - worth);
  const chance = logCdf((meanAt(survival, point) - margin) / SPREAD);
  slopesHere(survival, other, null);
  for (let d = 0; d < gradient.length; d++)
    gradient[d] = share * gradient[d]! + ((CAUTION * chance.slope) / SPREAD) * other[d]!;
  return worth + CAUTION * chance.value;
}
