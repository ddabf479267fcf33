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
 * A trial that reaches a rung goes on if it is among the best 1 / `eta` of all trials that have reached it, itself
 * included. It is judged at once and never waits for a rung to fill. Every finished trial counts at the rungs that it
 * reached, whether it was complete, pruned or ended by a limit. Trials are compared by the mean of their splits so far, or
 * by the best of their reports.
 *
 * NaN rule: steps that are NaN are left out; a trial with only NaN ranks behind all others.
 *
 * @example
 * pruner: halving({ eta: 3 })
 * @throws BelayError `usage`: `eta` is not a whole number from 2 up, `minSteps` is not a number above 0, or
 * `startupTrials` is not a whole number from 0 up.
 */
export function halving(options: HalvingOptions = {}): Pruner {
  const judge = rungJudge(readRungs("halving", options), () => true);
  return { ...specOf("halving", options), splitOrder: "given", judge };
}
