import { numberThat } from "../core/options.ts";
import { type History, STATE_CODE } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import { GO_ON, type JudgeContext, type Pruner, type Verdict } from "../core/search/pruner.ts";
import { specOf } from "../core/search/spec.ts";
import { type RungOptions, type Rungs, readRungs, rungJudge } from "./rungs.ts";

/**
 * Options of `hyperband`.
 *
 * @example
 * const pruner = hyperband({ minSteps: 1, maxSteps: 81 });
 */
export interface HyperbandOptions extends RungOptions {
  /**
   * How many splits, or which last step number, a complete trial reaches. Together with `minSteps` it decides how many
   * brackets there are.
   *
   * @default the number of splits; for reports the largest step number of the first complete trial, before which no trial
   * is judged
   */
  readonly maxSteps?: number;
}

/**
 * Hyperband (Li et al., JMLR 2018) with asynchronous brackets. Each bracket is a `halving` of its own. The first bracket
 * has its first rung at `minSteps`, each further bracket has it `eta` times as late, and the last bracket has no rung. So
 * a trial that an early rung would stop although it only starts slowly can survive in a later bracket. A trial's number
 * decides its bracket. Brackets get trials in the proportions of Hyperband's equal budgets, most of them in the first
 * bracket, and the proportions hold at any time of the study.
 *
 * NaN rule: as for `halving`.
 *
 * @example
 * pruner: hyperband({ eta: 3, minSteps: 1, maxSteps: 81 })
 * @throws BelayError `usage`: `maxSteps` is not a number above 0; the rest as for `halving`.
 */
export function hyperband(options: HyperbandOptions = {}): Pruner {
  const rungs = readRungs("hyperband", options, ["maxSteps"]);
  const isPositive = (value: number) => value > 0 && Number.isFinite(value);
  const given = options.maxSteps;
  if (given !== undefined) numberThat(isPositive, "a number above 0", "hyperband: maxSteps", given);
  const firstComplete = farthestOfFirst();
  const judges = new Map<string, (context: JudgeContext) => Verdict>();
  return {
    ...specOf("hyperband", options),
    splitOrder: "given",
    judge: (context) => {
      const { history, trial, totalSteps } = context;
      const maxSteps = given ?? totalSteps ?? firstComplete(history);
      if (maxSteps === null) return GO_ON;
      const brackets = bracketsOf(rungs, maxSteps);
      const bracket = bracketOf(trial.number, brackets);
      const key = `${bracket} of ${brackets.length}`;
      let judge = judges.get(key);
      if (!judge) {
        const own = { ...rungs, minSteps: rungs.minSteps * rungs.eta ** bracket };
        judge = rungJudge(own, ({ number }, i) => bracketOf(number[i]!, brackets) === bracket);
        judges.set(key, judge);
      }
      const verdict = judge(context);
      return verdict.prune ? { prune: true, detail: { bracket, ...verdict.detail } } : verdict;
    },
  };
}

/** The cumulative shares of trials of the brackets. As in Hyperband, each bracket gets the same budget of steps. */
export function bracketsOf({ eta, minSteps }: Rungs, maxSteps: number): readonly number[] {
  let count = 1;
  while (minSteps * eta ** count <= maxSteps) count++;
  const weights = Array.from({ length: count }, (_, i) => (count * eta ** (count - 1 - i)) / (count - i));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

/** The fractional parts of multiples of the golden ratio are spread evenly over [0, 1), however many there are. */
const GOLDEN = 0.618033988749895;

export function bracketOf(number: number, brackets: readonly number[]): number {
  const place = (number * GOLDEN) % 1;
  const bracket = brackets.findIndex((end) => place < end);
  return bracket < 0 ? brackets.length - 1 : bracket;
}

/** Finds the largest step number of the first complete trial that has steps; null if there is none yet. */
function farthestOfFirst(): (history: History) => number | null {
  const stateOf = perHistory<{ read: number; found: { i: number; most: number } | null }>(() => ({
    read: 0,
    found: null,
  }));
  return (history) => {
    const state = stateOf(history);
    for (; state.found === null && state.read < history.size; state.read++) {
      const i = state.read;
      const [start, end] = [history.stepStart[i]!, history.stepStart[i + 1]!];
      if (history.state[i] !== STATE_CODE.complete || start === end) continue;
      state.found = { i, most: history.step.subarray(start, end).reduce((a, b) => Math.max(a, b)) };
    }
    return state.found !== null && state.found.i < history.size ? state.found.most : null;
  };
}
