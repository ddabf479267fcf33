import { checkOptions, numberThat, wholeFrom } from "../core/options.ts";
import { sign } from "../core/search/direction.ts";
import type { History, Progress } from "../core/search/history.ts";
import { GO_ON, type JudgeContext, type Verdict } from "../core/search/pruner.ts";
import { afterSplits, atRung, type Stand } from "./point.ts";
import { rankings } from "./ranking.ts";
import { toJson } from "./to-json.ts";

/** What `halving` and `hyperband` share. */
export interface RungOptions {
  /**
   * One of so many trials passes a rung, and the next rung lies so many times as far: the reduction factor.
   *
   * @default 3
   */
  readonly eta?: number;
  /**
   * Where the first rung lies: so many splits, or the report with this step number or the first one beyond it.
   *
   * @default 1
   */
  readonly minSteps?: number;
  /**
   * How many other trials must have come to a rung before any is stopped there.
   *
   * @default eta - with fewer, one in eta would be none
   */
  readonly startupTrials?: number;
}

/** The same, checked and complete. */
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
 * Judges a trial that has just come to a rung, against the others that came to it, however they ended.
 *
 * @param counts - Which trials are in the same race.
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

/** The highest rung that the last step has reached and the steps before had not; null: none. */
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
