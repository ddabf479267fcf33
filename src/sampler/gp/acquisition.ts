import {
  meanAt,
  type Posterior,
  slopesHere,
  varianceBound,
  varianceHere,
} from "../../core/gaussian-process/posterior.ts";
import { logImprovement } from "./log-improvement.ts";
import type { Scorer } from "./scorer.ts";

/** What the expected improvement of a candidate follows from. */
export interface Acquisition {
  readonly objective: Posterior;
  /** The mean that is to be improved on. */
  readonly threshold: number;
  /** The variance of a value around the function. */
  readonly noise: number;
}

/** Scores by the logarithm of the expected improvement. */
export function improvementScorer({ objective, threshold, noise }: Acquisition): Scorer {
  const other = new Float64Array(objective.coordinates.numbers);
  return {
    coordinates: objective.coordinates,
    boundAt(points, at = 0) {
      const gain = threshold - meanAt(objective, points, at);
      return logExpected(gain, varianceBound(objective), noise);
    },
    scoreAt(points, at = 0) {
      const gain = threshold - meanAt(objective, points, at);
      return logExpected(gain, varianceHere(objective), noise);
    },
    scoreWithSlopes(point, gradient) {
      const gain = threshold - meanAt(objective, point);
      const variance = varianceHere(objective);
      const sd = Math.sqrt(variance);
      const { value, slope } = logImprovement(gain / sd);
      slopesHere(objective, gradient, other);
      const news = logNews(variance, noise);
      const varianceShare = (1 - (slope * gain) / sd) / (2 * variance) + news.slope;
      for (let d = 0; d < gradient.length; d++)
        gradient[d] = (-slope * gradient[d]!) / sd + varianceShare * other[d]!;
      return value + Math.log(sd) + news.value;
    },
  };
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
export function logNews(variance: number, noise: number): { readonly value: number; readonly slope: number } {
  const share = noise / (variance + noise);
  const root = Math.sqrt(share);
  // 1 - root, without cancellation where the variance is small.
  const news = (1 - share) / (1 + root);
  return { value: Math.log(news), slope: (0.5 * root) / ((variance + noise) * news) };
}
