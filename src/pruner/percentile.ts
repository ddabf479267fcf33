import { sign } from "../core/direction.ts";
import { BelayError, show } from "../core/error.ts";
import type { History, Progress } from "../core/history.ts";
import { STATE_CODE } from "../core/history.ts";
import { GO_ON, type Pruner } from "../core/pruner.ts";

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
 * The median rule (Golovin et al., "Google Vizier", KDD 2017): a trial stops when what it shows so far is worse than
 * the median of what the complete trials showed at the same step. What it shows is the mean of its splits so far,
 * since the final value is a mean of them; for reports within one split it is the best report so far, since curves
 * come down and go up again.
 *
 * NaN rule: steps that are NaN are left out; a trial with nothing but NaN is worse than any number, and does not count
 * for the median. O(steps of all trials) a verdict. Judges the first objective.
 *
 * @throws BelayError `usage`: an option that is no whole number from 0 up.
 */
export function median(options: MedianOptions = {}): Pruner {
  const { startupTrials = 5, warmupSteps = 1 } = options;
  for (const [name, value] of Object.entries({ startupTrials, warmupSteps })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new BelayError("usage", `median: ${name}: expected a whole number from 0 up, got ${show(value)}`);
  }
  return {
    name: "median",
    judge: ({ history, directions, trial, totalSteps }) => {
      const last = trial.steps.at(-1);
      if (!last || trial.steps.length <= warmupSteps) return GO_ON;
      const flip = sign(directions[0] ?? "minimize");
      const show = totalSteps === null ? bestOf : meanOf;
      const others = shownAt(history, last.step, flip, show);
      if (others.length < Math.max(1, startupTrials)) return GO_ON;
      const limit = middle(others);
      const own = show(trial.steps.map(({ value }) => value * flip));
      if (own <= limit) return GO_ON;
      return {
        prune: true,
        detail: {
          step: last.step,
          value: toJson(own * flip),
          median: toJson(limit * flip),
          trials: others.length,
        },
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

function middle(values: number[]): number {
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

/** JSON has no NaN and no infinities. */
function toJson(value: Progress["value"]): number | null {
  return Number.isFinite(value) ? value : null;
}
