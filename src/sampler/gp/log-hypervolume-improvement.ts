import type { Boxes } from "../../core/search/boxes.ts";
import { quickLogImprovement, quickSlope } from "./log-improvement.ts";

/** The logarithm of an expected improvement of the hypervolume, as a function of what is predicted of a point. */
export interface LogHypervolumeImprovement {
  /**
   * @param means - Of each objective, the smaller the better.
   * @param sds - The standard deviation of each one, above 0.
   */
  readonly valueAt: (means: Float64Array, sds: Float64Array) => number;
  /** Writes the derivatives of the last value, which was for these `sds`, by the means and by the standard deviations. */
  readonly slopesHere: (sds: Float64Array, byMean: Float64Array, bySd: Float64Array) => void;
}

/**
 * The expected improvement of the hypervolume of a front by a point whose objectives are independent and normal, exactly.
 * What the point adds is the part of each box that it dominates, and a box is a product: so is the expectation, whose
 * factor for the sides l and u is E max(0, u - y) - E max(0, l - y) (Yang, Emmerich, Deutz and Back, "Efficient
 * Computation of Expected Hypervolume Improvement Using Box Decomposition Algorithms", J. Global Optimization 75, 2019).
 * By logarithms it has a slope also where it is too small for a float (Ament et al., "Unexpected Improvements to Expected
 * Improvement for Bayesian Optimization", NeurIPS 2023). O(boxes).
 */
export function logHypervolumeImprovement({ cuts, count, sides }: Boxes): LogHypervolumeImprovement {
  const dims = cuts.length;
  /** For each cut its distance from the mean, in standard deviations, and the logarithm of E max(0, cut - y). */
  const distances = cuts.map(({ length }) => new Float64Array(length));
  const logs = cuts.map(({ length }) => new Float64Array(length).fill(Number.NEGATIVE_INFINITY));
  /** For each cut the derivatives of that logarithm by the mean and by the standard deviation. */
  const byMeans = cuts.map(({ length }) => new Float64Array(length));
  const bySds = cuts.map(({ length }) => new Float64Array(length));
  const terms = new Float64Array(count);
  let value = Number.NEGATIVE_INFINITY;

  return {
    valueAt(means, sds) {
      for (let k = 0; k < dims; k++) {
        const places = cuts[k]!;
        const own = logs[k]!;
        const log = Math.log(sds[k]!);
        for (let i = 1; i < places.length; i++) {
          const z = (places[i]! - means[k]!) / sds[k]!;
          distances[k]![i] = z;
          own[i] = quickLogImprovement(z) + log;
        }
      }
      let most = Number.NEGATIVE_INFINITY;
      for (let box = 0, at = 0; box < count; box++) {
        let term = 0;
        for (let k = 0; k < dims; k++, at += 2) {
          const high = logs[k]![sides[at + 1]!]!;
          term += high;
          // Rounding may swap sides that are very close.
          if (sides[at]! > 0) term += Math.log(Math.max(0, -Math.expm1(logs[k]![sides[at]!]! - high)));
        }
        terms[box] = term;
        if (term > most) most = term;
      }
      let sum = 0;
      for (let box = 0; box < count; box++) sum += Math.exp(terms[box]! - most);
      value = most + Math.log(sum);
      return value;
    },
    slopesHere(sds, byMean, bySd) {
      for (let k = 0; k < dims; k++) {
        for (let i = 1; i < cuts[k]!.length; i++) {
          const z = distances[k]![i]!;
          const slope = quickSlope(z);
          byMeans[k]![i] = -slope / sds[k]!;
          bySds[k]![i] = (1 - z * slope) / sds[k]!;
        }
      }
      byMean.fill(0);
      bySd.fill(0);
      for (let box = 0, at = 0; box < count; box++) {
        const weight = Math.exp(terms[box]! - value);
        for (let k = 0; k < dims; k++, at += 2) {
          if (!(weight > 0)) continue;
          const [low, high] = [sides[at]!, sides[at + 1]!];
          const gap = low > 0 ? logs[k]![low]! - logs[k]![high]! : Number.NEGATIVE_INFINITY;
          const scale = -weight / Math.expm1(gap);
          const share = Math.exp(gap);
          byMean[k]! += scale * (byMeans[k]![high]! - share * byMeans[k]![low]!);
          bySd[k]! += scale * (bySds[k]![high]! - share * bySds[k]![low]!);
        }
      }
    },
  };
}
