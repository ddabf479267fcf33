import type { Reason } from "../../core/trial.ts";
import { kills } from "../kills/kills.ts";
import type { Facts } from "./facts.ts";

/** What was lost to limits and errors. */
export interface LossPart {
  readonly trials: number;
  readonly timeMs: number;
  /** Share of all time of trials; null before any time has passed. */
  readonly share: number | null;
  /** What cost most time: the reason, and the rule over params that separates its trials, if there is one. */
  readonly most: {
    readonly reason: Reason;
    readonly count: number;
    readonly rule: string | null;
    /** Among how many of the last trials that is so; null: among all. */
    readonly ofLast: number | null;
  } | null;
  /** What `kills` advises to type without a change of the study file, the most useful first. */
  readonly advice: readonly { readonly text: string; readonly command: string; readonly savesMs: number }[];
}

/** In a larger study only so many of the last trials are searched for a rule, so that a summary takes less than a second. */
const SEARCHED = 10_000;

export async function lossPart({ reader, study, course }: Facts): Promise<LossPart> {
  const { lost, lostMs, timeMs, numbers } = course;
  const share = timeMs > 0 ? lostMs / timeMs : null;
  if (lost === 0) return { trials: 0, timeMs: 0, share, most: null, advice: [] };
  const from = numbers.length > SEARCHED ? numbers[numbers.length - SEARCHED]! : null;
  const found = await kills(reader, study.name, from === null ? {} : { where: `number >= ${from}` });
  const [most] = [...found.reasons].sort((a, b) => b.timeLostMs - a.timeLostMs);
  return {
    trials: lost,
    timeMs: lostMs,
    share,
    most: most
      ? {
          reason: most.reason,
          count: most.count,
          rule: most.rules[0]?.text ?? null,
          ofLast: from === null ? null : SEARCHED,
        }
      : null,
    // A smaller range needs a change of the study file first; `kills` says which.
    advice: found.advice.filter(({ narrow }) => narrow === null),
  };
}
