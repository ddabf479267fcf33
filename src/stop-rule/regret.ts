import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import { valueOrEstimate } from "../core/search/evaluation.ts";
import { type History, rowAt, STATE_CODE } from "../core/search/history.ts";
import { perHistory } from "../core/search/per-history.ts";
import { specOf } from "../core/search/spec.ts";
import type { StopFigure, StopRule } from "../core/search/stop-rule.ts";
import { valueNoise } from "../core/search/value-noise.ts";
import { formatValue } from "../core/units.ts";
import { foldNoise } from "./fold-noise.ts";
import { oneObjective } from "./one-objective.ts";
import { type Evaluated, regretBound } from "./regret-bound.ts";

/**
 * Options of `regret`.
 *
 * @example
 * const rule = regret({ below: 0.01 });
 */
export interface RegretOptions {
  /**
   * The study ends when the bound of what is still to gain is below this, in the unit of the objective. In a spec the
   * option's name may be left out: `regret(0.01)`.
   *
   * @default the noise of the values, from the splits of the best trials; required in a study of one split
   */
  readonly below?: number;
  /**
   * How many trials must have a value or an estimate before the bound is computed.
   *
   * @default 20, or five for each param if that is more
   */
  readonly startupTrials?: number;
}

/** The bound is computed again each time this many trials have ended. */
const EVERY = 5;

/** What the rule finds after a number of trials. */
interface Look extends Pick<StopFigure, "text" | "detail"> {
  /** Whether the bound is below the noise, or below the number that was given. */
  readonly isLow: boolean;
}

/**
 * Ends a study when hardly anything is left to gain (Makarova et al., "Automatic Termination for Hyperparameter
 * Optimization", AutoML 2022): when an upper bound of the regret, from a Gaussian process over the space, is below the noise
 * of the values, or below a given number. A value that is better by less than the noise may be worse on other data.
 *
 * Complete trials that meet their constraints count with their values, trials that a pruner has stopped with their
 * estimates. The bound is computed after every fifth trial, and must be low enough twice in a row. It uses at most 80
 * trials, so that it takes up to 0.1 s, however long the study is.
 *
 * @example
 * stop: [regret({ below: 0.01 })]
 * @throws BelayError `usage`: `below` is not a number above 0, or `startupTrials` is not a whole number from 2 up.
 */
export function regret(options: RegretOptions = {}): StopRule {
  checkOptions("regret", options, ["below", "startupTrials"], "usage");
  const isGain = (value: number) => value > 0 && Number.isFinite(value);
  const below =
    options.below === undefined
      ? null
      : numberThat(isGain, "a number above 0", "regret: below", options.below);
  const startupTrials =
    options.startupTrials === undefined ? null : wholeFrom(2, "regret: startupTrials", options.startupTrials);
  const knownOf = perHistory<{ readonly looks: Map<number, Look>; readonly read: Read }>(() => ({
    looks: new Map(),
    read: { size: 0, evaluated: [] },
  }));

  return {
    ...specOf("regret", options),
    idle: (study) =>
      oneObjective(study) ??
      (below === null && study.splitCount < 2
        ? "one split does not tell the noise of its value: give below, as in regret(below=0.01)"
        : null),
    look: ({ history, directions, splitCount }) => {
      const flip = sign(directions[0] ?? "minimize");
      const least = startupTrials ?? Math.max(20, 5 * history.space.params.length);
      const { looks, read } = knownOf(history);
      const lookAfter = (size: number): Look => {
        const known = looks.get(size);
        if (known) return known;
        readOn(read, history, size, flip);
        const evaluated = read.evaluated.filter(({ at }) => at < size);
        const look = lookAt(history, size, evaluated, { flip, splitCount, below, startupTrials: least });
        looks.set(size, look);
        return look;
      };
      const size = history.size - (history.size % EVERY);
      const { isLow, text, detail } = lookAfter(size);
      return { holds: isLow && lookAfter(size - EVERY).isLow, text, detail };
    },
  };
}

interface Question {
  readonly flip: 1 | -1;
  readonly splitCount: number;
  readonly below: number | null;
  readonly startupTrials: number;
}

function lookAt(
  history: History,
  size: number,
  evaluated: readonly Evaluated[],
  { flip, splitCount, below, startupTrials }: Question,
): Look {
  const hasValue = evaluated.some(({ isComplete }) => isComplete);
  const few = !hasValue || evaluated.length < startupTrials || history.space.params.length === 0;
  const noise = below ?? foldNoise(history, size, flip, splitCount);
  if (few || noise === null) {
    const text = `${evaluated.length} of ${startupTrials} trials with a value, before what is to gain is estimated`;
    return { isLow: false, text, detail: { trials: evaluated.length, startupTrials } };
  }
  const bound = regretBound(history.space, evaluated, valueNoise(history, size, splitCount));
  const limit = below === null ? `${formatValue(noise)} of noise` : formatValue(noise);
  const gain = Number.isFinite(bound)
    ? `at most ${formatValue(bound)} to gain`
    : "no telling what is to gain";
  return {
    isLow: bound < noise,
    text: `${gain}, ends when that is twice below ${limit}`,
    detail: { bound: Number.isFinite(bound) ? bound : null, below: noise, trials: evaluated.length },
  };
}

/** The trials of a history that have a value or an estimate. */
interface Read {
  /** How many trials of the history have been read. */
  size: number;
  /** Each trial with its index in the history. */
  readonly evaluated: (Evaluated & { readonly at: number })[];
}

/** Reads the history up to `size` trials. Each trial is read once. */
function readOn(read: Read, history: History, size: number, flip: 1 | -1): void {
  for (; read.size < size; read.size++) {
    const at = read.size;
    const isComplete = history.state[at] === STATE_CODE.complete;
    const value = valueOrEstimate(history, at) * flip;
    if (!Number.isFinite(value) || (isComplete && history.violation[at] !== 0)) continue;
    const variance = isComplete ? 0 : history.estimateSd[at]! ** 2;
    read.evaluated.push({ at, row: rowAt(history, at), value, variance, isComplete });
  }
}
