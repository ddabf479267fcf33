import {
  meanAt,
  type Posterior,
  slopesHere,
  varianceBound,
  varianceHere,
} from "../../core/gaussian-process/posterior.ts";
import type { Boxes } from "../../core/search/boxes.ts";
import { logNews } from "./acquisition.ts";
import { logHypervolumeImprovement } from "./log-hypervolume-improvement.ts";
import type { Scorer } from "./scorer.ts";

/** What is known of one objective. */
export interface Objective {
  readonly posterior: Posterior;
  /** The variance of a value around the function. */
  readonly noise: number;
}

/** The bound of a variance comes from this share of the points, the earliest ones, or from the nearest point. */
const BOUND_SHARE = 1 / 3;

/**
 * Scores by the logarithm of the expected improvement of the hypervolume, and by how much of what a trial would show is
 * news: the mean over the objectives.
 *
 * @param objectives - Their posteriors have all points that they will have.
 * @param boxes - The region that no trial dominates, in the units of the posteriors.
 */
export function frontScorer(objectives: readonly Objective[], boxes: Boxes): Scorer {
  const { coordinates } = objectives[0]!.posterior;
  const dims = objectives.length;
  const improvement = logHypervolumeImprovement(boxes);
  const [means, sds, byMean, bySd] = [0, 1, 2, 3].map(() => new Float64Array(dims)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const newsOf = (k: number) => logNews(sds[k]! * sds[k]!, objectives[k]!.noise);
  const valueHere = (): number => {
    let news = 0;
    for (let k = 0; k < dims; k++) news += newsOf(k).value / dims;
    return improvement.valueAt(means, sds) + news;
  };
  // With a part of the points a variance is larger than with all of them, and costs the square of that part.
  const parts = objectives.map(({ posterior }) => ({
    ...posterior,
    size: Math.floor(posterior.size * BOUND_SHARE),
  }));
  const boundOf = (posterior: Posterior, k: number): number =>
    Math.min(varianceBound(posterior), varianceHere(parts[k]!));
  // What a point adds to the hypervolume is a convex function of each of its values, so that the expectation grows with
  // the variances: with upper bounds of these it is an upper bound.
  const scoreBy = (
    variance: (posterior: Posterior, k: number) => number,
    points: Float64Array,
    at: number,
  ): number => {
    for (let k = 0; k < dims; k++) {
      const { posterior } = objectives[k]!;
      means[k] = meanAt(posterior, points, at);
      sds[k] = Math.sqrt(variance(posterior, k));
    }
    return valueHere();
  };
  const [meanSlopes, varianceSlopes] = [0, 1].map(() => new Float64Array(coordinates.numbers)) as [
    Float64Array,
    Float64Array,
  ];
  return {
    coordinates,
    boundAt: (points, at = 0) => scoreBy(boundOf, points, at),
    scoreAt: (points, at = 0) => scoreBy(varianceHere, points, at),
    scoreWithSlopes(point, gradient) {
      const score = scoreBy(varianceHere, point, 0);
      improvement.slopesHere(sds, byMean, bySd);
      gradient.fill(0);
      for (let k = 0; k < dims; k++) {
        slopesHere(objectives[k]!.posterior, meanSlopes, varianceSlopes);
        const byVariance = bySd[k]! / (2 * sds[k]!) + newsOf(k).slope / dims;
        for (let d = 0; d < gradient.length; d++)
          gradient[d]! += byMean[k]! * meanSlopes[d]! + byVariance * varianceSlopes[d]!;
      }
      return score;
    },
  };
}
