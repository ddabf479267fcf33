import { isLost, type Reason } from "../../core/trial.ts";
import { findRule } from "../../importance/rules.ts";
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
  const timeOf = (holds: (trial: number) => boolean): number =>
    durations.reduce((sum, ms, trial) => sum + (holds(trial) ? ms : 0), 0);
  const lost = reasons.filter(isLost).length;
  const shown = LOSSES.filter((reason) => reasons.includes(reason) && (wanted?.includes(reason) ?? true));
  const losses = shown.map((reason) => {
    const isOf = (trial: number): boolean => reasons[trial] === reason;
    const count = reasons.filter((each) => each === reason).length;
    // A trial that was lost for another reason does not tell whether it would have been lost for this one too.
    const known = reasons.flatMap((each, trial) => (each === reason || !isLost(each) ? [trial] : []));
    const marks = Uint8Array.from(known, (trial) => (isOf(trial) ? 1 : 0));
    const own = columns.map((column) => Float64Array.from(known, (trial) => column[trial]!));
    const rule = findRule(study.space, own, marks, shown.length);
    const conditions = rule?.conditions ?? [];
    const inRule = (trial: number): boolean =>
      isOf(trial) && conditions.every((condition) => holdsFor(condition, columns, trial));
    const rules = rule ? [toPattern(study.space, rule, count, timeOf(inRule))] : [];
    return { reason, count, share: count / reasons.length, timeLostMs: timeOf(isOf), rules, conditions };
  });
  losses.sort((a, b) => b.count - a.count);
  const isNarrower = rest.state !== undefined || rest.where !== undefined;
  return {
    study: study.name,
    trials: reasons.length,
    lost,
    successRate: reasons.length === 0 ? 1 : 1 - lost / reasons.length,
    timeMs: timeOf(() => true),
    timeLostMs: timeOf((trial) => isLost(reasons[trial]!)),
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
