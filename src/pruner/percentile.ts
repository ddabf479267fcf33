import { BelayError, show } from "../core/error.ts";
import { checkOptions } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import { type History, type Progress, STATE_CODE } from "../core/search/history.ts";
import { GO_ON, type Pruner } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import type { Detail } from "../core/trial.ts";

/** Options of `median`. */
export interface MedianOptions {
  /**
   * How many complete trials there must be before any is pruned.
   *
   * @default 5 - the median of fewer says little
   */
  readonly startupTrials?: number;
  /**
   * How many steps every trial may take unjudged.
   *
   * @default 1 - one split's value is mostly noise
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
   * How many percent of the complete trials a trial has to keep up with: 25 lets only what is as good as the best
   * quarter go on, 75 stops only what is worse than three quarters of them.
   *
   * @default 50 - the median
   */
  readonly q?: number;
}

/**
 * The percentile rule: a trial stops when what it shows so far is worse than the `q`-th percentile, counted from the
 * best, of what the complete trials showed at the same step. `q` = 50 is the median rule (Golovin et al., "Google
 * Vizier", KDD 2017). What a trial shows is the mean of its splits so far, since the final value is a mean of them; for
 * reports within one split it is the best report so far, since curves come down and go up again.
 *
 * NaN rule: steps that are NaN are left out; a trial with nothing but NaN is worse than any number, and does not count
 * for the percentile. O(steps of all trials) a verdict. Judges the first objective.
 *
 * @example
 * pruner: percentile({ q: 25 })
 * @throws BelayError `usage`: a `q` that is no number from 0 to 100, another option that is no whole number from 0 up.
 */
export function percentile(options: PercentileOptions = {}): Pruner {
  checkOptions("percentile", options, ["q", "startupTrials", "warmupSteps"], "usage");
  const { q = 50 } = options;
  if (!(typeof q === "number" && q >= 0 && q <= 100))
    throw new BelayError("usage", `percentile: q: expected a number from 0 to 100, got ${show(q)}`);
  return rule("percentile", options, q, (limit) => ({ q, percentile: limit }));
}

/** `percentile` with `q` = 50. */
export function median(options: MedianOptions = {}): Pruner {
  checkOptions("median", options, ["startupTrials", "warmupSteps"], "usage");
  return rule("median", options, 50, (limit) => ({ median: limit }));
}

/** @param told - The limit as the detail of a pruned trial names it. */
function rule(
  name: string,
  options: MedianOptions,
  q: number,
  told: (limit: number | null) => Detail,
): Pruner {
  const { startupTrials = 5, warmupSteps = 1 } = options;
  for (const [option, value] of Object.entries({ startupTrials, warmupSteps })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new BelayError(
      "usage",
      `${name}: ${option}: expected a whole number from 0 up, got ${show(value)}`,
    );
  }
  return {
    ...specOf(name, options),
    judge: ({ history, directions, trial, totalSteps }) => {
      const last = trial.steps.at(-1);
      if (!last || trial.steps.length <= warmupSteps) return GO_ON;
      const flip = sign(directions[0] ?? "minimize");
      const shown = totalSteps === null ? bestOf : meanOf;
      const others = shownAt(history, last.step, flip, shown);
      if (others.length < Math.max(1, startupTrials)) return GO_ON;
      const limit = percentileOf(others, q);
      const own = shown(trial.steps.map(({ value }) => value * flip));
      if (own <= limit) return GO_ON;
      const value = toJson(own * flip);
      return {
        prune: true,
        detail: { step: last.step, value, ...told(toJson(limit * flip)), trials: others.length },
      };
    },
  };
}

/** What each complete trial that came as far as `step` showed by then, the smaller the better; no NaN. */
function shownAt(
  history: History,
  step: number,
  flip: number,
  show: (values: readonly number[]) => number,
): number[] {
  const shown: number[] = [];
  for (let i = 0; i < history.size; i++) {
    if (history.state[i] !== STATE_CODE.complete) continue;
    const values: number[] = [];
    let reached = false;
    for (let k = history.stepStart[i]!; k < history.stepStart[i + 1]!; k++) {
      if (history.step[k]! <= step) values.push(history.stepValue[k]! * flip);
      reached ||= history.step[k]! >= step;
    }
    const value = reached ? show(values) : Number.NaN;
    if (!Number.isNaN(value)) shown.push(value);
  }
  return shown;
}

function bestOf(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? Number.NaN : Math.min(...numbers);
}

function meanOf(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** The q-th percentile of at least one value; between two values it is interpolated. Sorts them. */
function percentileOf(values: number[], q: number): number {
  values.sort((a, b) => a - b);
  const place = (q / 100) * (values.length - 1);
  const below = Math.floor(place);
  const share = place - below;
  return share === 0 ? values[below]! : values[below]! * (1 - share) + values[below + 1]! * share;
}

/** JSON has no NaN and no infinities. */
function toJson(value: Progress["value"]): number | null {
  return Number.isFinite(value) ? value : null;
}
