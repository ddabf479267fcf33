import type { Coordinates } from "../../core/gaussian-process/coordinates.ts";
import type { Chance } from "../survival/survival.ts";

/** What candidates are judged by: the larger a score, the better. */
export interface Scorer {
  readonly coordinates: Coordinates;
  /** An upper bound of the score at the point that begins at position `at`, without the O(n^2) of a variance. */
  readonly boundAt: (points: Float64Array, at?: number) => number;
  /** The score at the point that begins at position `at`. */
  readonly scoreAt: (points: Float64Array, at?: number) => number;
  /** The score at a point, of which it writes the derivatives by the positions of the number params to `gradient`. */
  readonly scoreWithSlopes: (point: Float64Array, gradient: Float64Array) => number;
}

/**
 * The exponent of the probability of survival. It is above 1, because a trial that dies teaches little and costs as much
 * as one that lives.
 */
export const CAUTION = 6;
/**
 * The logarithm of the expected improvement, in standard deviations of the values, that is not worth a risk. Where a
 * study has converged, only what is not known to live has more to offer, and without this the search would go there.
 */
export const NOT_WORTH = Math.log(1e-4);

/**
 * Multiplies an expected improvement, whose logarithm the scores are, by the chance to live.
 *
 * @param chance - null: no trial has died yet.
 */
export function withSurvival(scorer: Scorer, chance: Chance | null): Scorer {
  if (!chance) return scorer;
  const weighed = (improvement: number, points: Float64Array, at: number): number =>
    logSum(improvement, NOT_WORTH) + CAUTION * chance.logChanceAt(points, at);
  const slopes = new Float64Array(scorer.coordinates.numbers);
  const other = new Float64Array(scorer.coordinates.numbers);
  return {
    coordinates: scorer.coordinates,
    boundAt: (points, at = 0) => weighed(scorer.boundAt(points, at), points, at),
    scoreAt: (points, at = 0) => weighed(scorer.scoreAt(points, at), points, at),
    scoreWithSlopes(point, gradient) {
      const improvement = scorer.scoreWithSlopes(point, gradient);
      const worth = logSum(improvement, NOT_WORTH);
      const share = Math.exp(improvement - worth);
      const logChance = chance.logChanceWithSlopes(point, slopes, other);
      for (let d = 0; d < gradient.length; d++) gradient[d] = share * gradient[d]! + CAUTION * slopes[d]!;
      return worth + CAUTION * logChance;
    },
  };
}

/** log(e^a + e^b), without overflow. */
function logSum(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
