import { checkOptions, wholeFrom } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { History } from "../../core/search/history.ts";
import type { Sampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { distinct } from "../distinct.ts";
import { memo } from "../memo.ts";
import { qmc } from "../qmc/qmc.ts";
import { addFinished, emptyPopulation, type Population } from "./population.ts";
import { childOf } from "./variation.ts";

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
  checkOptions("nsga2", options, ["population"], "usage");
  const { population: limit = 24 } = options;
  wholeFrom(4, "nsga2: population", limit);
  const start = qmc();
  const populationOf = memo((_: History): Population => emptyPopulation(limit));
  return {
    ...specOf("nsga2", options),
    ask: (context) => {
      const { history, space, directions } = context;
      const population = populationOf(history);
      addFinished(population, history, directions);
      const { members } = population;
      if (history.size + history.running.size < limit || members.length < 2) return start.ask(context);
      const stream = context.rng("nsga2");
      const parent = (): Float64Array => members[tournament(members.length, stream)]!.row;
      return distinct(context, () => childOf(space, parent(), parent(), stream));
    },
  };
}

/** The place of the fitter of two members that are drawn at random. */
function tournament(count: number, stream: Rng): number {
  return Math.min(stream.int(count), stream.int(count));
}
