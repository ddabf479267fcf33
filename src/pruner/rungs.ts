import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import type { History, Progress } from "../core/search/history.ts";
import { GO_ON, type JudgeContext, type Verdict } from "../core/search/pruner.ts";
import { afterSplits, atRung, type Stand } from "./point.ts";
import { rankings } from "./ranking.ts";
import { toJson } from "./to-json.ts";

/** Options that `halving` and `hyperband` share. */
export interface RungOptions {
  /**
   * The reduction factor: one in `eta` trials passes a rung, and the next rung is `eta` times as far.
   *
   * @default 3
   */
  readonly eta?: number;
  /**
   * Where the first rung is: after this many splits, or at the first report whose step number is at least this.
   *
   * @default 1
   */
  readonly minSteps?: number;
  /**
   * How many other trials must have reached a rung before any trial is stopped there.
   *
   * @default eta - among fewer trials, one in eta is less than one
   */
  readonly startupTrials?: number;
}

/** `RungOptions`, checked and with the defaults filled in. */
export interface Rungs {
  readonly eta: number;
  readonly minSteps: number;
  readonly startupTrials: number;
}

export function readRungs(name: string, options: RungOptions, others: readonly string[] = []): Rungs {
  checkOptions(name, options, ["eta", "minSteps", "startupTrials", ...others], "usage");
  const eta = wholeFrom(2, `${name}: eta`, options.eta ?? 3);
  const isPositive = (value: number) => value > 0 && Number.isFinite(value);
  return {
    eta,
    minSteps: numberThat(isPositive, "a number above 0", `${name}: minSteps`, options.minSteps ?? 1),
    startupTrials: wholeFrom(0, `${name}: startupTrials`, options.startupTrials ?? eta),
  };
}

/**
 * Judges a trial that has just reached a rung against the others that reached it, however those ended.
 *
 * @param counts - Whether a trial is compared with: one of the same bracket.
 */
export function rungJudge(
  { eta, minSteps, startupTrials }: Rungs,
  counts: (history: History, i: number) => boolean,
): (context: JudgeContext) => Verdict {
  const rank = rankings(counts);
  return ({ history, directions, trial, totalSteps }) => {
    const { steps } = trial;
    const flip = sign(directions[0] ?? "minimize");
    const rung = rungOf(steps, totalSteps, minSteps, eta);
    if (rung === null) return GO_ON;
    const stand: Stand = totalSteps === null ? atRung(steps, rung, flip) : afterSplits(steps, flip);
    const others = rank(history, stand.point);
    if (others.size < Math.max(1, startupTrials)) return GO_ON;
    const passing = Math.max(1, Math.floor((others.size + 1) / eta));
    const better = others.below(stand.shown);
    if (better < passing) return GO_ON;
    const value = toJson(stand.shown * flip);
    const trials = others.size + 1;
    return { prune: true, detail: { step: steps.at(-1)!.step, value, rung, better, passing, trials } };
  };
}

/** The highest rung that the last step has reached and no earlier step had; null if there is none. */
function rungOf(
  steps: readonly Progress[],
  totalSteps: number | null,
  minSteps: number,
  eta: number,
): number | null {
  if (steps.length === 0) return null;
  const reached = totalSteps === null ? steps.at(-1)!.step : steps.length;
  const before = totalSteps === null ? farthest(steps) : steps.length - 1;
  let rung = minSteps;
  if (reached < rung) return null;
  while (rung * eta <= reached) rung *= eta;
  return rung > before ? rung : null;
}

/** The largest step number before the last step. */
function farthest(steps: readonly Progress[]): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < steps.length - 1; k++) most = Math.max(most, steps[k]!.step);
  return most;
}
