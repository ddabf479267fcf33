import type { Pruner } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import { type RungOptions, readRungs, rungJudge } from "./rungs.ts";

/**
 * Options of `halving`.
 *
 * @example
 * const pruner = halving({ eta: 4, minSteps: 5 });
 */
export interface HalvingOptions extends RungOptions {}

/**
 * Asynchronous successive halving (ASHA; Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys
 * 2020). Rungs lie at `minSteps`, `minSteps` x `eta`, `minSteps` x `eta`^2 ... splits, or reports with these step numbers.
 * A trial that comes to a rung goes on if it is among the best 1 / `eta` of all that came there, itself included, and at
 * once: nobody waits for a rung to fill. Every finished trial counts at the rungs to which it came, whether it was
 * complete, pruned or ended by a limit. What a trial shows is the mean of its splits so far, or the best of its reports.
 *
 * NaN rule: steps that are NaN are left out; a trial with nothing but NaN is behind all others.
 *
 * @example
 * pruner: halving({ eta: 3 })
 * @throws BelayError `usage`: an `eta` that is no whole number from 2 up, a `minSteps` that is no number above 0,
 * `startupTrials` that is no whole number from 0 up.
 */
export function halving(options: HalvingOptions = {}): Pruner {
  const judge = rungJudge(readRungs("halving", options), () => true);
  return { ...specOf("halving", options), splitOrder: "given", judge };
}
