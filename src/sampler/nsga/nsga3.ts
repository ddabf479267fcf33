import type { Sampler } from "../../core/search/sampler.ts";
import { breeder } from "./breeder.ts";
import { byNiches, directionsFor } from "./niches.ts";

/**
 * Options of `nsga3`.
 *
 * @example
 * const sampler = nsga3({ population: 91 });
 */
export interface Nsga3Options {
  /**
   * How many trials can be parents, 4 or more. As many are spread evenly over the space at first, and there are at most
   * as many directions.
   *
   * @default 24
   */
  readonly population?: number;
}

/**
 * NSGA-III, an evolutionary algorithm for three objectives or more: Deb and Jain, "An Evolutionary Many-Objective
 * Optimization Algorithm Using Reference-Point-Based Nondominated Sorting Approach", IEEE Trans. Evolutionary Computation
 * 18, 2014. It is `nsga2` but for what makes a trial fitter than others of its front: it is near one of many directions
 * that are spread evenly over all trade-offs, to which few others are near. With three objectives or more the distance to
 * neighbours no longer says how evenly a front is covered.
 *
 * Objectives are scaled by their range on the Pareto front, not by the plane through its extreme points, which a few
 * hundred trials do not determine.
 *
 * @example
 * const search = askTell({ space, directions: ["minimize", "minimize", "maximize"], sampler: nsga3() });
 * @throws BelayError `usage`: an unknown option, or a population that is no whole number of at least 4.
 */
export function nsga3(options: Nsga3Options = {}): Sampler {
  return breeder("nsga3", options, (objectives, population) => {
    const directions = directionsFor(objectives, population);
    return (fronts) => byNiches(fronts, directions);
  });
}
