import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import { type History, STATE_CODE } from "../core/search/history.ts";
import { GO_ON, type Pruner } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import type { Detail } from "../core/trial.ts";
import { afterReport, afterSplits } from "./point.ts";
import { type Ranking, rankings } from "./ranking.ts";
import { toJson } from "./to-json.ts";

/** Options of `median`. */
export interface MedianOptions {
  /**
   * How many trials to compare with must have reached the same step before any trial is pruned there. Complete trials
   * count, and those that a limit of time or memory ended later.
   *
   * @default 5 - the median of fewer is mostly chance
   */
  readonly startupTrials?: number;
  /**
   * How many first steps of every trial are not judged.
   *
   * @default 1 - the value of one split is mostly noise
   */
  readonly warmupSteps?: number;
}

/**
 * Options of `percentile`.
 *
 * @example
 * const pruner = percentile({ q: 25, startupTrials: 10 });
 */
export interface PercentileOptions extends MedianOptions {
  /**
   * The percentile of the other trials, counted from the best, that a trial must not be worse than. With 25 only a trial
   * as good as the best quarter goes on; with 75 only a trial worse than three quarters of them is stopped.
   *
   * @default 50 - the median
   */
  readonly q?: number;
}

/**
 * The percentile rule: a trial is stopped when its score so far is worse than the `q`-th percentile, counted from the
 * best, of the scores that the complete trials had at the same step. Trials that a limit of time or memory ended count up
 * to the step that they reached. `q` = 50 is the median rule (Golovin et al., "Google Vizier", KDD 2017). The score is the
 * mean of a trial's splits so far, because its value is a mean of them, and it is compared with the mean of the same
 * splits. For reports within one split the score is the best report so far, because curves come down and go up again.
 *
 * NaN rule: steps that are NaN are left out; a trial with only NaN is worse than any number, and does not count for the
 * percentile. Each finished trial is read once for each step at which others are judged.
 *
 * @example
 * pruner: percentile({ q: 25 })
 * @throws BelayError `usage`: `q` is not a number from 0 to 100, or another option is not a whole number from 0 up.
 */
export function percentile(options: PercentileOptions = {}): Pruner {
  checkOptions("percentile", options, ["q", "startupTrials", "warmupSteps"], "usage");
  const isPercent = (value: number) => value >= 0 && value <= 100;
  const q = numberThat(isPercent, "a number from 0 to 100", "percentile: q", options.q ?? 50);
  return rule("percentile", options, q, (limit) => ({ q, percentile: limit }));
}

/** `percentile` with `q` = 50. */
export function medianPruner(options: MedianOptions = {}): Pruner {
  checkOptions("median", options, ["startupTrials", "warmupSteps"], "usage");
  return rule("median", options, 50, (limit) => ({ median: limit }));
}

/**
 * The pruner that both factories return.
 *
 * @param told - Makes the part of a verdict's detail that states the limit.
 */
function rule(
  name: string,
  options: MedianOptions,
  q: number,
  told: (limit: number | null) => Detail,
): Pruner {
  const startupTrials = wholeFrom(0, `${name}: startupTrials`, options.startupTrials ?? 5);
  const warmupSteps = wholeFrom(0, `${name}: warmupSteps`, options.warmupSteps ?? 1);
  const rank = rankings(isHonest);
  return {
    ...specOf(name, options),
    splitOrder: "informative",
    judge: ({ history, directions, trial, totalSteps }) => {
      const last = trial.steps.at(-1);
      if (!last || trial.steps.length <= warmupSteps) return GO_ON;
      const flip = sign(directions[0] ?? "minimize");
      const { point, shown } = (totalSteps === null ? afterReport : afterSplits)(trial.steps, flip);
      const others = rank(history, point);
      if (others.numbers < Math.max(1, startupTrials)) return GO_ON;
      const limit = percentileOf(others, q);
      if (shown <= limit) return GO_ON;
      const value = toJson(shown * flip);
      return {
        prune: true,
        detail: { step: last.step, value, ...told(toJson(limit * flip)), trials: others.numbers },
      };
    },
  };
}

/** Whether a trial's values are unbiased: a pruner did not end it because of them. Ends by a limit do not depend on them. */
export function isHonest(history: History, i: number): boolean {
  return history.state[i] === STATE_CODE.complete || history.guarded[i] === 1;
}

/** The q-th percentile of at least one number; between two numbers it is interpolated. */
function percentileOf({ numbers, at }: Ranking, q: number): number {
  const place = (q / 100) * (numbers - 1);
  const below = Math.floor(place);
  const share = place - below;
  return share === 0 ? at(below) : at(below) * (1 - share) + at(below + 1) * share;
}
