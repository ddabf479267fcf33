import type { Sampler } from "../../core/search/sampler.ts";
import { breeder } from "./breeder.ts";
import { bySpread } from "./population.ts";

/**
 * Options of `nsga2`.
 *
 * @example
 * const sampler = nsga2({ population: 100 });
 */
export interface Nsga2Options {
  /**
   * How many trials can be parents, 4 or more. As many are spread evenly over the space at first.
   *
   * @default 24 - the usual 100 are for studies of ten thousand trials
   */
  readonly population?: number;
}

/**
 * NSGA-II, an evolutionary algorithm for several objectives: Deb, Pratap, Agarwal and Meyarivan, "A Fast and Elitist
 * Multiobjective Genetic Algorithm: NSGA-II", IEEE Trans. Evolutionary Computation 6, 2002. Of two pairs of trials the
 * fitter ones are parents; their params are crossed and mutated. A trial is fitter on an earlier front, or on the same
 * one if it is further from its neighbours; feasible trials are fitter than others, which rank by how far they are over.
 *
 * There are no generations: each finished trial takes a place in the population at once if it is fit enough (Durillo et
 * al., "On the Effect of the Steady-State Selection Scheme in Multi-Objective Genetic Algorithms", EMO 2009). So slots never
 * wait for one another, and enqueued trials count. Trials that failed or that a pruner stopped cannot be parents.
 *
 * It uses no model, so it needs many trials: below some 200 `tpe` is far ahead. O(params + population) an ask, O(population^2) a tell.
 *
 * @example
 * const search = askTell({ space, directions: ["minimize", "minimize"], sampler: nsga2({ population: 100 }) });
 * @throws BelayError `usage`: an unknown option, or a population that is no whole number of at least 4.
 */
export function nsga2(options: Nsga2Options = {}): Sampler {
  return breeder("nsga2", options, () => (fronts) => fronts.flatMap(bySpread));
}
