import { BelayError, show } from "../../core/error.ts";
import { checkOptions, wholeFrom } from "../../core/options.ts";
import type { History } from "../../core/search/history.ts";
import type { Sampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { uniformRow } from "../../core/space/draw.ts";
import { distinct } from "../distinct.ts";
import { memo } from "../memo.ts";
import { catchUp, drawRow, newRun, type Run } from "./run.ts";

/**
 * Options of `cmaes`.
 *
 * @example
 * const sampler = cmaes({ sigma: 0.2 });
 */
export interface CmaesOptions {
  /**
   * How many trials make a generation; doubled at each restart.
   *
   * @default 4 + floor(3 ln params), Hansen's choice
   */
  readonly population?: number;
  /**
   * The first step size, as a share of each param's range.
   *
   * @default 0.12 - the start is the best of some random trials, so it need not reach across the space
   */
  readonly sigma?: number;
  /**
   * How many trials are drawn at random at first; their best start the search.
   *
   * @default the population
   */
  readonly startupTrials?: number;
}

/**
 * CMA-ES: generations from a normal distribution that learns the scale and the correlations of the params. Hansen, "The
 * CMA Evolution Strategy: A Tutorial", 2016, with active covariance updates; best for floats that act together, from
 * some hundred trials on.
 *
 * - Ints and steps: drawn as floats and rounded, with a margin that keeps neighbour values in reach (Hamano et al.,
 *   "CMA-ES with Margin", GECCO 2022).
 * - Categoricals: a distribution over the choices of each, moved towards the better trials of a generation, as in
 *   Hamano et al., "CatCMA", GECCO 2024; a choice's chance never falls below 1 / (4 * choices).
 * - Conditional params are part of the normal distribution always; where one was inactive it is filled in with a draw,
 *   as if it had been drawn without effect.
 * - Restarts: once a run has converged, another begins elsewhere with twice the population (Auger and Hansen, "A Restart
 *   CMA Evolution Strategy With Increasing Population Size", CEC 2005).
 *
 * A generation is the next so many finished trials, in the order in which they were told, whoever proposed them. Trials
 * with an estimate rank by it among complete ones, whatever its uncertainty: the steps by rank average over a generation.
 * Other pruned trials rank behind complete ones, infeasible ones behind these by how far they are over, failed and NaN ones last. Of
 * several objectives it sees the first. O(params^2) an ask, O(params^3) a generation.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: cmaes({ sigma: 0.2 }) });
 * @throws BelayError `usage`: a bad option.
 */
export function cmaes(options: CmaesOptions = {}): Sampler {
  checkOptions("cmaes", options, ["population", "sigma", "startupTrials"], "usage");
  const { sigma = 0.12, population, startupTrials } = options;
  if (!(sigma > 0 && sigma <= 1)) {
    throw new BelayError("usage", `cmaes: sigma: expected a number in (0, 1], got ${show(sigma)}`);
  }
  if (population !== undefined) wholeFrom(4, "cmaes: population", population);
  if (startupTrials !== undefined) wholeFrom(0, "cmaes: startupTrials", startupTrials);
  const runOf = memo(({ space }: History): Run => newRun(space, sigma, population, startupTrials));
  return {
    ...specOf("cmaes", options),
    ask: (context) => {
      const { history, space } = context;
      const run = runOf(history);
      catchUp(run, context);
      const stream = context.rng("cmaes");
      const starting = history.size + history.running.size < run.startup;
      return distinct(context, () => (starting ? uniformRow(space, stream) : drawRow(run, space, stream)));
    },
  };
}
