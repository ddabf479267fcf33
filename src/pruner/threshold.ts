import { BelayError, show } from "../core/error.ts";
import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { GO_ON, type Pruner } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import { toJson } from "./to-json.ts";

/**
 * Options of `threshold`: `lower`, `upper` or both.
 *
 * @example
 * const pruner = threshold({ upper: 10, warmupSteps: 2 });
 */
export interface ThresholdOptions {
  /** A trial with a value below this is stopped; in the unit of the objective. @default none */
  readonly lower?: number;
  /** A trial with a value above this is stopped; in the unit of the objective. @default none */
  readonly upper?: number;
  /**
   * How many first steps of every trial are not judged.
   *
   * @default 0
   */
  readonly warmupSteps?: number;
}

/**
 * Stops a trial as soon as the value of a split, or a report, is outside given bounds, such as a loss that has diverged or
 * an accuracy below that of guessing. It compares with no other trial, so it judges the first trial too. The bounds do not
 * depend on the direction of the objective.
 *
 * NaN rule: a step that is NaN is outside all bounds.
 *
 * @example
 * pruner: threshold({ upper: 10 })
 * @throws BelayError `usage`: no bound is given, a bound is not a finite number, `lower` is above `upper`, or `warmupSteps`
 * is not a whole number from 0 up.
 */
export function threshold(options: ThresholdOptions): Pruner {
  checkOptions("threshold", options, ["lower", "upper", "warmupSteps"], "usage");
  const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = options;
  if (options.lower === undefined && options.upper === undefined)
    throw new BelayError("usage", "threshold: expected lower or upper, such as upper=10, got neither");
  for (const bound of ["lower", "upper"] as const)
    if (options[bound] !== undefined)
      numberThat(Number.isFinite, "a finite number", `threshold: ${bound}`, options[bound]);
  if (lower > upper)
    throw new BelayError(
      "usage",
      `threshold: lower: expected at most upper, ${show(upper)}, got ${show(lower)}`,
    );
  const warmupSteps = wholeFrom(0, "threshold: warmupSteps", options.warmupSteps ?? 0);
  return {
    ...specOf("threshold", options),
    judge: ({ trial }) => {
      const last = trial.steps.at(-1);
      if (!last || trial.steps.length <= warmupSteps) return GO_ON;
      const { step, value } = last;
      if (value >= lower && value <= upper) return GO_ON;
      const bound = value < lower ? { lower } : value > upper ? { upper } : {};
      return { prune: true, detail: { step, value: toJson(value), ...bound } };
    },
  };
}
