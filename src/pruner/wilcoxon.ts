import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import { GO_ON, type Pruner } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import { incumbents } from "./incumbent.ts";
import { signedRankP } from "./signed-rank.ts";
import { toJson } from "./to-json.ts";

/**
 * Options of `wilcoxon`.
 *
 * @example
 * const pruner = wilcoxon({ alpha: 0.05 });
 */
export interface WilcoxonOptions {
  /**
   * The significance level: a trial is stopped when p, the probability of such differences between equally good trials, is
   * below this.
   *
   * @default 0.1
   */
  readonly alpha?: number;
  /**
   * How many first steps of every trial are not judged. Two splits that both trials have are always needed.
   *
   * @default 0
   */
  readonly warmupSteps?: number;
}

/** A rank test needs at least two pairs. */
const LEAST_PAIRS = 2;

/**
 * Wilcoxon's signed-rank test on splits: a trial is stopped when its splits are worse than the same splits of the best
 * complete trial with p below `alpha`, and their mean is worse too. This is the rule of Optuna's WilcoxonPruner. With k
 * splits p is never below 1 / 2^k, so by default no trial is stopped before its fourth split. As long as no trial is
 * complete, trials are compared with the one that finished most splits before a limit of time or memory ended it. Reports
 * are not judged, because the reports of one trial depend on each other.
 *
 * NaN rule: a split at which either trial has NaN is left out.
 *
 * @example
 * pruner: wilcoxon({ alpha: 0.1 })
 * @throws BelayError `usage`: `alpha` is not a number between 0 and 1, or `warmupSteps` is not a whole number from 0 up.
 */
export function wilcoxon(options: WilcoxonOptions = {}): Pruner {
  checkOptions("wilcoxon", options, ["alpha", "warmupSteps"], "usage");
  const isProbability = (value: number) => value > 0 && value < 1;
  const expected = "a number between 0 and 1";
  const alpha = numberThat(isProbability, expected, "wilcoxon: alpha", options.alpha ?? 0.1);
  const warmupSteps = wholeFrom(0, "wilcoxon: warmupSteps", options.warmupSteps ?? 0);
  const best = incumbents();
  return {
    ...specOf("wilcoxon", options),
    splitOrder: "informative",
    judge: ({ history, directions, trial: { steps }, totalSteps }) => {
      if (totalSteps === null || steps.length < LEAST_PAIRS || steps.length <= warmupSteps) return GO_ON;
      const flip = sign(directions[0] ?? "minimize");
      const incumbent = best(history, flip);
      if (!incumbent) return GO_ON;
      const differences: number[] = [];
      for (const { step, value } of steps) {
        const difference = (value - (incumbent.splits.get(step) ?? Number.NaN)) * flip;
        if (!Number.isNaN(difference)) differences.push(difference);
      }
      if (differences.length < LEAST_PAIRS) return GO_ON;
      const worse = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
      const p = worse > 0 ? signedRankP(differences) : 1;
      if (p >= alpha) return GO_ON;
      const detail = { step: steps.at(-1)!.step, incumbent: incumbent.number, pairs: differences.length };
      return { prune: true, detail: { ...detail, difference: toJson(worse * flip), p, alpha } };
    },
    idle: ({ splitCount }) => {
      if (splitCount === 1) return "it compares splits, and this study has one";
      const least = 2 ** -(splitCount - 1);
      return least < alpha
        ? null
        : `before the last of ${splitCount} splits its p is never below ${least}, and alpha is ${alpha}`;
    },
  };
}
