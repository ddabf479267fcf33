import { isLost, type Reason } from "../../core/trial.ts";
import { splitParams } from "../../importance/conditions.ts";
import { findRule, UNKNOWN } from "../../importance/rules.ts";
import type { Reader } from "../../store/reader.ts";
import { filterOf, type TrialOptions } from "../query/selection.ts";
import { requireStudy } from "../study.ts";
import { type AdviceJson, adviceFor } from "./advice.ts";
import { LOSSES, readFinished } from "./finished.ts";
import { type RepeatOffenderJson, repeatOffenders } from "./offenders.ts";
import { holdsFor, type PatternJson, toPattern } from "./patterns.ts";

/** The trials that were lost for a reason. */
export interface LossJson {
  readonly reason: Reason;
  readonly count: number;
  /** Share of the finished trials. */
  readonly share: number;
  readonly timeLostMs: number;
  /** One pattern, or none if chance explains it. */
  readonly rules: readonly PatternJson[];
}

/** What was lost, as `kills --json` prints it. */
export interface KillsJson {
  readonly study: string;
  /** Finished trials. */
  readonly trials: number;
  readonly lost: number;
  readonly successRate: number;
  readonly timeMs: number;
  readonly timeLostMs: number;
  /** The most frequent reason first. */
  readonly reasons: readonly LossJson[];
  /** Params that were lost again and again where chance does not explain it, the most losses first; at most five. */
  readonly repeatOffenders: readonly RepeatOffenderJson[];
  /** The advice that saves most first. */
  readonly advice: readonly AdviceJson[];
}

/** A rule tells of the trials for which it holds if at least this share of them is lost. */
const LEAST_TOLD = 0.5;

/**
 * What a study lost, why, and where in its space. Lost are the trials that failed or that a guard or a bad value ended;
 * those that the pruner stopped are not.
 *
 * @param options - `reason`: only these reasons are reported; the trials are compared with all others.
 * @throws BelayError `usage`: an unknown study, state or reason, or a wrong expression.
 */
export async function kills(reader: Reader, name: string, options: TrialOptions = {}): Promise<KillsJson> {
  const study = await requireStudy(reader, name);
  filterOf(study, options);
  const { reason: wanted, ...rest } = options;
  const selection = filterOf(study, rest);
  const finished = await readFinished(reader, study, selection);
  const { reasons, durations, columns } = finished;
  const sums = sumsOf(reasons, durations);
  const all = [...sums.values()];
  const lost = all.filter(({ isLoss }) => isLoss);
  const shown = LOSSES.filter((reason) => sums.has(reason) && (wanted?.includes(reason) ?? true));
  const splits = shown.length > 0 ? splitParams(study.space, columns) : [];
  const losses = shown.map((reason) => {
    const { count, timeMs } = sums.get(reason)!;
    // A trial that was lost for another reason does not tell whether it would have been lost for this one too.
    const marks = new Uint8Array(reasons.length);
    for (let trial = 0; trial < marks.length; trial++) {
      const own = reasons[trial]!;
      marks[trial] = own === reason ? 1 : isLost(own) ? UNKNOWN : 0;
    }
    const rule = findRule(study.space, columns, splits, marks, shown.length);
    const conditions = rule?.conditions ?? [];
    let inRuleMs = 0;
    for (let trial = 0; trial < marks.length; trial++)
      if (marks[trial] === 1 && conditions.every((condition) => holdsFor(condition, columns, trial)))
        inRuleMs += durations[trial]!;
    const rules = rule ? [toPattern(study.space, rule, count, inRuleMs)] : [];
    return { reason, count, share: count / reasons.length, timeLostMs: timeMs, rules, conditions };
  });
  losses.sort((a, b) => b.count - a.count);
  const isNarrower = rest.state !== undefined || rest.where !== undefined;
  return {
    study: study.name,
    trials: reasons.length,
    lost: total(lost, "count"),
    successRate: reasons.length === 0 ? 1 : 1 - total(lost, "count") / reasons.length,
    timeMs: total(all, "timeMs"),
    timeLostMs: total(lost, "timeMs"),
    reasons: losses.map(({ conditions: _, ...loss }): LossJson => loss),
    repeatOffenders: await repeatOffenders(reader, {
      ...{ study, finished, selection, wanted, withOthers: !isNarrower },
      rules: losses.flatMap(({ conditions, rules: [rule] }) =>
        rule && rule.support >= LEAST_TOLD * rule.trials ? [conditions] : [],
      ),
    }),
    advice: await adviceFor(reader, study, { finished, losses, selection }),
  };
}

/** How many trials ended for a reason, and their time. */
interface Sum {
  readonly isLoss: boolean;
  count: number;
  timeMs: number;
}

function sumsOf(reasons: readonly (Reason | null)[], durations: Float64Array): Map<Reason | null, Sum> {
  const sums = new Map<Reason | null, Sum>();
  for (let trial = 0; trial < reasons.length; trial++) {
    const reason = reasons[trial]!;
    const sum = sums.get(reason) ?? { isLoss: isLost(reason), count: 0, timeMs: 0 };
    sum.count++;
    sum.timeMs += durations[trial]!;
    sums.set(reason, sum);
  }
  return sums;
}

const total = (sums: readonly Sum[], of: "count" | "timeMs"): number =>
  sums.reduce((sum, each) => sum + each[of], 0);
