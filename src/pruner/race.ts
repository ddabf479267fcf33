import type { AggregateKind } from "../core/aggregate.ts";
import { studentTail } from "../core/numeric/normal.ts";
import { checkOptions, numberThat } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import type { RunningTrial } from "../core/search/history.ts";
import { GO_ON, type JudgeContext, type Pruner, type Verdict } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import type { Estimate } from "../core/trial.ts";
import { chanceBelow, estimateOf, isForeseeable } from "./aggregate-form.ts";
import { type RaceState, raceState } from "./race-state.ts";

/**
 * Options of `race`.
 *
 * @example
 * const pruner = race({ alpha: 0.1 });
 */
export interface RaceOptions {
  /**
   * The largest share of the trials that would have become the best that may be stopped. A larger one saves more splits.
   *
   * @default 0.05
   */
  readonly alpha?: number;
}

/** How the verdict differs for aggregates other than the mean, as text for people. */
const OTHER_AGGREGATE: Partial<Record<AggregateKind, string>> = {
  place:
    "the value is a place among the sorted splits, not their mean: it counts the splits that can still be better, and stops later",
  spread:
    "the value is the mean and a part of the spread: it takes the spread for no larger than it is so far, and stops later",
};

/** With fewer degrees of freedom the estimate of the splits' noise is too uncertain to judge trials by. */
const LEAST_FREEDOM = 8;

/**
 * A race over splits: a trial is stopped as soon as it is unlikely to beat the incumbent, the best feasible complete trial
 * so far. Some splits are harder than others for every trial, so the hardness of a split, the mean over the ten best
 * complete trials of its value minus the trial's value, is subtracted from each value. The variance of these differences
 * within a trial is pooled over all trials. With it, the mean over all splits is known up to a normal error from the first
 * split on. A trial is stopped when the probability that it ends up better than the incumbent is below `alpha` divided by
 * the number of verdicts that a trial gets.
 *
 * A trial that is stopped has an estimate: the mean of its splits so far, minus their hardness. Samplers learn from it as
 * from a value.
 *
 * The complete trials show how a value is computed from its splits: as their mean, as the mean made worse by a part of
 * their spread, or as one place of the sorted splits, such as the median or the worst. For other aggregates, and for reports, no
 * trial is stopped. NaN rule: a trial goes on after a split that is not finite. A verdict costs O(splits).
 *
 * @example
 * pruner: race({ alpha: 0.1 })
 * @throws BelayError `usage`: `alpha` is not a number above 0 and at most 0.5.
 */
export function race(options: RaceOptions = {}): Pruner {
  checkOptions("race", options, ["alpha"], "usage");
  const isShare = (value: number) => value > 0 && value <= 0.5;
  const expected = "a number above 0, at most 0.5";
  const alpha = numberThat(isShare, expected, "race: alpha", options.alpha ?? 0.05);
  return {
    ...specOf("race", options),
    splitOrder: "informative",
    judge: (context) => judge(context, alpha),
    idle: ({ splitCount, aggregate }) => {
      if (splitCount === 1) return "it compares splits, and this study has one";
      return aggregate === "other"
        ? "what the aggregate will come to, which is no mean, median, worst split or the like, cannot be told from some splits"
        : null;
    },
    note: ({ aggregate }) => OTHER_AGGREGATE[aggregate ?? "mean"] ?? null,
  };
}

function judge({ history, directions, trial, totalSteps }: JudgeContext, alpha: number): Verdict {
  const splits = trial.steps.length;
  if (totalSteps === null || splits === 0 || splits >= totalSteps) return GO_ON;
  const flip = sign(directions[0] ?? "minimize");
  const state = raceState(history, flip, totalSteps);
  const { hardness, freedom } = state;
  const [incumbent] = state.leaders;
  if (!incumbent || freedom < LEAST_FREEDOM) return GO_ON;
  const level = correctedMean(trial, hardness);
  if (!Number.isFinite(level)) return GO_ON;
  const forecast = (state.form.spread === 0 ? ofMean : ofOther)(state, { trial, level, flip });
  if (forecast === null) return GO_ON;
  // A trial is judged after each split but the last; alpha bounds the error of all these verdicts together.
  if (!(forecast.p < alpha / (totalSteps - 1))) return GO_ON;
  return {
    prune: true,
    estimate: forecast.estimate(),
    detail: { splits, incumbent: incumbent.number, p: forecast.p, alpha, freedom },
  };
}

/** A running trial as a race sees it. */
interface Runner {
  readonly trial: RunningTrial;
  /** The mean of its splits so far, minus their hardness. */
  readonly level: number;
  readonly flip: 1 | -1;
}

/** The prediction of how a trial will end. */
interface Forecast {
  /** The probability that it will be better than the incumbent, or an upper bound of it. */
  readonly p: number;
  readonly estimate: () => Estimate;
}

function ofMean(
  { leaders, hardness, squares, freedom }: RaceState,
  { trial, level, flip }: Runner,
): Forecast {
  // After k of K splits, the mean of all K deviates from the mean of the k with this standard deviation.
  const sd = Math.sqrt((squares / freedom) * (1 / trial.steps.length - 1 / hardness.length));
  const p = studentTail(((level - leaders[0]!.value) * flip) / sd, freedom);
  return { p, estimate: () => ({ value: level, sd }) };
}

/** @returns null if the aggregate cannot be predicted from some of the splits. */
function ofOther(
  { form, leaders, hardness, squares, freedom }: RaceState,
  { trial: { steps }, level, flip }: Runner,
): Forecast | null {
  if (!isForeseeable(form, hardness.length)) return null;
  const values = Array.from(hardness, (hard) => (level + hard) * flip);
  const isFinished = values.map(() => false);
  for (const { step, value } of steps) {
    values[step] = value * flip;
    isFinished[step] = true;
  }
  const outlook = { values, isFinished, sd: Math.sqrt(squares / freedom), freedom };
  const p = chanceBelow(form, outlook, leaders[0]!.value * flip);
  return {
    p,
    estimate: () => {
      const { value, sd } = estimateOf(form, outlook);
      return { value: value * flip, sd };
    },
  };
}

/** The mean of the trial's splits so far, minus their hardness. */
function correctedMean({ steps }: RunningTrial, hardness: Float64Array): number {
  let sum = 0;
  for (const { step, value } of steps) sum += value - (hardness[step] ?? Number.NaN);
  return sum / steps.length;
}
