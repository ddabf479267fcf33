import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import { type History, STATE_CODE } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import { specOf } from "../core/search/spec.ts";
import type { StopRule } from "../core/search/stop-rule.ts";
import { oneObjective } from "./one-objective.ts";

/**
 * Options of `noImprovement`.
 *
 * @example
 * const rule = noImprovement({ trials: 100, minDelta: 0.001 });
 */
export interface NoImprovementOptions {
  /**
   * How many trials in a row must bring no improvement. In a spec the option's name may be left out:
   * `no-improvement(50)`.
   *
   * @default 50
   */
  readonly trials?: number;
  /**
   * By how much a value must be better than the best one before it to count as an improvement, in the unit of the
   * objective.
   *
   * @default 0
   */
  readonly minDelta?: number;
}

/** The state of the rule after each trial of a history: entry i is the state after its first i + 1 trials. */
interface Seen {
  /** The value that the next improvement has to beat, where smaller is better; NaN before the first one. */
  readonly best: number[];
  /** The number of the trial with that value. */
  readonly bestNumber: number[];
  /** How many trials have counted since then. */
  readonly since: number[];
}

/**
 * Ends a study when `trials` trials in a row have brought no improvement of the best value of a complete trial that meets
 * its constraints. Complete and pruned trials count, in the order in which they ended; failed ones do not, because a bug
 * or a broken machine says nothing about params. Nothing counts before the first value.
 *
 * Reads each finished trial once.
 *
 * @example
 * stop: [noImprovement({ trials: 50 })]
 * @throws BelayError `usage`: `trials` is not a whole number from 1 up, or `minDelta` is not a number from 0 up.
 */
export function noImprovement(options: NoImprovementOptions = {}): StopRule {
  checkOptions("no-improvement", options, ["trials", "minDelta"], "usage");
  const trials = wholeFrom(1, "no-improvement: trials", options.trials ?? 50);
  const isDelta = (value: number) => value >= 0 && Number.isFinite(value);
  const minDelta = numberThat(
    isDelta,
    "a number from 0 up",
    "no-improvement: minDelta",
    options.minDelta ?? 0,
  );
  const seenOf = perHistory<Seen>(() => ({ best: [], bestNumber: [], since: [] }));

  return {
    ...specOf("no-improvement", options),
    idle: oneObjective,
    look: ({ history, directions }) => {
      const flip = sign(directions[0] ?? "minimize");
      const seen = seenOf(history);
      while (seen.since.length < history.size) step(seen, history, flip, minDelta);
      const last = history.size - 1;
      const best = seen.best[last] ?? Number.NaN;
      const since = seen.since[last] ?? 0;
      if (Number.isNaN(best))
        return { holds: false, text: "no trial is complete yet", detail: { since, trials } };
      return {
        holds: since >= trials,
        text: `no improvement for ${since} of ${trials} trials`,
        detail: { since, trials, best: best * flip, bestTrial: seen.bestNumber[last]! },
      };
    },
  };
}

/** Appends the state after the next trial. */
function step(seen: Seen, history: History, flip: 1 | -1, minDelta: number): void {
  const i = seen.since.length;
  const best = seen.best[i - 1] ?? Number.NaN;
  const value = history.values[0]![i]! * flip;
  const isValue =
    history.state[i] === STATE_CODE.complete && history.violation[i] === 0 && !Number.isNaN(value);
  const isBetter = isValue && (Number.isNaN(best) || value < best - minDelta);
  const counts = !Number.isNaN(best) && history.state[i] !== STATE_CODE.fail;
  seen.best.push(isBetter ? value : best);
  seen.bestNumber.push(isBetter ? history.number[i]! : (seen.bestNumber[i - 1] ?? -1));
  seen.since.push(isBetter ? 0 : (seen.since[i - 1] ?? 0) + (counts ? 1 : 0));
}
