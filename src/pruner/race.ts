import { studentTail } from "../core/normal.ts";
import { checkOptions, numberThat } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import type { RunningTrial } from "../core/search/history.ts";
import { GO_ON, type JudgeContext, type Pruner, type Verdict } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import { raceState } from "./race-state.ts";

/**
 * Options of `race`.
 *
 * @example
 * const pruner = race({ alpha: 0.1 });
 */
export interface RaceOptions {
  /**
   * Of the trials that would become the best, at most this share is stopped. More saves more splits.
   *
   * @default 0.05
   */
  readonly alpha?: number;
}

/** With fewer degrees of freedom the noise of the splits is not known well enough to judge by it. */
const LEAST_FREEDOM = 8;

/**
 * A race over splits: a trial stops as soon as it will hardly beat the incumbent, the best feasible complete trial so far.
 * A split that is hard is hard for all, so each value is taken less the hardness of its split, which the ten best trials
 * tell. By how much such values differ within a trial is pooled over all trials; with it, the mean over all splits is known
 * up to a normal error from the first split on, and a trial stops when the chance that it ends below the incumbent's value
 * is less than `alpha`, shared among the verdicts that a trial gets.
 *
 * A trial that is stopped has an estimate: the mean of its splits so far, less their hardness. Samplers learn from it as
 * from a value.
 *
 * It holds for a mean over several splits; where complete trials show that the aggregate is another one, and for reports, it
 * lets every trial run. NaN rule: a trial goes on after a split that is not finite. O(splits) a verdict.
 *
 * @example
 * pruner: race({ alpha: 0.1 })
 * @throws BelayError `usage`: an `alpha` that is not above 0 and at most 0.5.
 */
export function race(options: RaceOptions = {}): Pruner {
  checkOptions("race", options, ["alpha"], "usage");
  const isShare = (value: number) => value > 0 && value <= 0.5;
  const expected = "a number above 0, at most 0.5";
  const alpha = numberThat(isShare, expected, "race: alpha", options.alpha ?? 0.05);
  return {
    ...specOf("race", options),
    judge: (context) => judge(context, alpha),
    idle: ({ splitCount, isMean }) => {
      if (isMean === false) return "it judges by the mean of the splits, which is not this study's aggregate";
      return splitCount === 1 ? "it compares splits, and this study has one" : null;
    },
  };
}

function judge({ history, directions, trial, totalSteps }: JudgeContext, alpha: number): Verdict {
  const splits = trial.steps.length;
  if (totalSteps === null || splits === 0 || splits >= totalSteps) return GO_ON;
  const flip = sign(directions[0] ?? "minimize");
  const { leaders, hardness, squares, freedom, isMean } = raceState(history, flip, totalSteps);
  const [incumbent] = leaders;
  if (!incumbent || !isMean || freedom < LEAST_FREEDOM) return GO_ON;
  const value = correctedMean(trial, hardness);
  if (!Number.isFinite(value)) return GO_ON;
  // After k of K splits the mean of all K lies around that of the k with this standard deviation.
  const sd = Math.sqrt((squares / freedom) * (1 / splits - 1 / totalSteps));
  const p = studentTail(((value - incumbent.value) * flip) / sd, freedom);
  // The trial is judged after each split but the last, and all verdicts together are to err so seldom.
  if (!(p < alpha / (totalSteps - 1))) return GO_ON;
  return {
    prune: true,
    estimate: { value, sd },
    detail: { splits, incumbent: incumbent.number, p, alpha, freedom },
  };
}

/** The mean of the trial's splits so far, less how hard these are. */
function correctedMean({ steps }: RunningTrial, hardness: Float64Array): number {
  let sum = 0;
  for (const { step, value } of steps) sum += value - (hardness[step] ?? Number.NaN);
  return sum / steps.length;
}
