import { BelayError, show } from "../../core/error.ts";
import { checkOptions, wholeFrom } from "../../core/options.ts";
import type { History } from "../../core/search/history.ts";
import type { PlainSampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { uniformRow } from "../../core/space/draw.ts";
import type { Space } from "../../core/space/space.ts";
import { distinct } from "../distinct.ts";
import { memo } from "../memo.ts";
import { type Preference, preferenceOf } from "./preference.ts";
import { addFinished, newStrategy, type Strategy, sampleRow } from "./strategy.ts";

/**
 * Options of `cmaes`.
 *
 * @example
 * const sampler = cmaes({ sigma: 0.2 });
 */
export interface CmaesOptions {
  /**
   * How many trials make a generation, 4 or more; doubled at each restart.
   *
   * @default 4 + floor(3 ln params), Hansen's choice
   */
  readonly population?: number;
  /**
   * The initial step size, as a share of each param's range: above 0, at most 1.
   *
   * @default 0.12 - the search starts from the best of some random trials, so it need not reach across the space
   */
  readonly sigma?: number;
  /**
   * How many trials are drawn at random at first; the search starts from the mean of the better half.
   *
   * @default the population
   */
  readonly startupTrials?: number;
}

const SIGMA = 0.12;

/**
 * CMA-ES: generations are drawn from a normal distribution that learns the scale and the correlations of the params.
 * Hansen, "The CMA Evolution Strategy: A Tutorial", 2016, with active covariance updates. It is best for floats that
 * act together, from some hundred trials on.
 *
 * - Ints and steps are drawn as floats and rounded, with a margin that keeps neighbour values in reach (Hamano et al.,
 *   "CMA-ES with Margin", GECCO 2022).
 * - Each categorical has a distribution over its choices, which moves towards the better trials of a generation, as in
 *   Hamano et al., "CatCMA", GECCO 2024. The probability of a choice is kept at about 1 / (4 * choices) or more.
 * - Conditional params are always part of the normal distribution. Where one was inactive, a draw takes the place of
 *   its value, as if it had been drawn and had no effect.
 * - Restarts: when a search has converged, another begins elsewhere with twice the population (Auger and Hansen, "A
 *   Restart CMA Evolution Strategy With Increasing Population Size", CEC 2005).
 *
 * A generation consists of the next finished trials, as many as the population, whoever proposed them. They are ranked
 * in this order: complete trials by their value and pruned ones with an estimate by that, whatever its uncertainty,
 * which averages out over a generation; other pruned trials; trials that broke a constraint or that a limit ended, by
 * how far they are over; failed trials and those whose value is NaN. Of several objectives it sees the first.
 * O(params^2) an ask, O(params^3) a generation.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: cmaes({ sigma: 0.2 }) });
 * @throws BelayError `usage`: an unknown option, or a value out of its range.
 */
export function cmaes(options: CmaesOptions = {}): PlainSampler {
  checkOptions("cmaes", options, ["population", "sigma", "startupTrials"], "usage");
  const { sigma = SIGMA, population, startupTrials } = options;
  if (!(sigma > 0 && sigma <= 1)) {
    throw new BelayError("usage", `cmaes: sigma: expected a number in (0, 1], got ${show(sigma)}`);
  }
  if (population !== undefined) wholeFrom(4, "cmaes: population", population);
  if (startupTrials !== undefined) wholeFrom(0, "cmaes: startupTrials", startupTrials);
  return {
    ...specOf("cmaes", options),
    ask: asker((space) => newStrategy(space, sigma, population, startupTrials)),
  };
}

/**
 * `cmaes` in a study whose first trials another sampler has proposed: it starts from the best of the first `after` trials,
 * and from then on its generations are of its own trials alone. What others propose meanwhile does not follow its normal
 * distribution, and would hold it back. In a study whose end is known a search that has settled is left for one elsewhere,
 * and the best one of them ends the study (see `changeSearch`). Of two rows that it draws it proposes the one that a
 * quadratic expects to be better (see `preferenceOf`). For spaces of numbers without conditions.
 */
export function lateCmaes(after: number): PlainSampler {
  const known = memo((_: History) => ({}) as { going?: Going });
  return {
    name: "cmaes",
    ask(context) {
      const { history, space, trials } = context;
      const entry = known(history);
      // Which search goes on follows from the end of the study, which a person may change.
      if (entry.going?.trials !== trials) entry.going = newGoing(space, after, trials);
      const { going } = entry;
      const { strategy } = going;
      addFinished(strategy, context);
      if (going.learned !== strategy.learned) {
        going.learned = strategy.learned;
        going.preference = preferenceOf(strategy.state, strategy.numeric, context, strategy.learned);
      }
      const { preference } = going;
      const stream = context.rng("cmaes");
      return distinct(context, () => {
        const rows = [sampleRow(strategy, space, stream), sampleRow(strategy, space, stream)] as const;
        return preference && preference(rows[1]) < preference(rows[0]) ? rows[1] : rows[0];
      });
    },
  };
}

/** What `lateCmaes` has learned from a history. */
interface Going {
  /** How many trials are planned. */
  readonly trials: number | null;
  readonly strategy: Strategy;
  /** That of the distribution and of all trials as they were after the last generation: `Strategy.learned`. */
  preference: Preference | null;
  learned: number;
}

const newGoing = (space: Space, after: number, trials: number | null): Going => ({
  ...{ trials, strategy: newStrategy(space, SIGMA, undefined, after, "cmaes"), preference: null, learned: 0 },
});

function asker(makeStrategy: (space: Space) => Strategy): PlainSampler["ask"] {
  const strategyOf = memo(({ space }: History): Strategy => makeStrategy(space));
  return (context) => {
    const { history, space } = context;
    const strategy = strategyOf(history);
    addFinished(strategy, context);
    const stream = context.rng("cmaes");
    const starting = history.size + history.running.size < strategy.startup;
    return distinct(context, () =>
      starting ? uniformRow(space, stream) : sampleRow(strategy, space, stream),
    );
  };
}
