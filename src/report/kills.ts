import { decode } from "../core/space/distribution.ts";
import type { Space } from "../core/space/space.ts";
import { isLost, REASONS, type Reason } from "../core/trial.ts";
import { formatValue } from "../core/units.ts";
import type { RangeCondition } from "../importance/conditions.ts";
import { findRule, type Rule } from "../importance/rules.ts";
import { commandOn } from "../store/command-line.ts";
import type { Field, FieldCell } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { paramColumns, paramFields } from "./param-columns.ts";
import { filterOf, type TrialOptions } from "./query/selection.ts";
import { requireStudy } from "./study.ts";

/** A pattern of the trials that were lost for a reason. */
export interface PatternJson {
  /** `41 of 47 where units >= 512 and batch >= 128`. */
  readonly text: string;
  readonly conditions: readonly { readonly param: string; readonly op: string; readonly value: unknown }[];
  /** How many of the reason's trials the rule holds for. */
  readonly support: number;
  /** How many trials it holds for in all, without those that another reason ended. */
  readonly trials: number;
  /** How many times as frequent the reason is there as among all trials that no other reason ended. */
  readonly lift: number;
  /** Probability that chance brings any rule this far, corrected for all rules that were looked at. */
  readonly p: number;
  /** Time of the reason's trials for which it holds. */
  readonly timeLostMs: number;
}

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
  /** Params that were lost more than once, and not once of them lived. */
  readonly repeatOffenders: readonly { readonly text: string; readonly count: number }[];
  readonly advice: readonly { readonly text: string; readonly command: string; readonly savesMs: number }[];
}

/** The finished trials of a study, in columns. */
interface Finished {
  readonly reasons: readonly (Reason | null)[];
  readonly durations: readonly number[];
  readonly columns: readonly Float64Array[];
}

/** Most repeat offenders that are told. */
const MOST_OFFENDERS = 5;

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
  const finished = await readFinished(reader, study, rest);
  const { reasons, durations, columns } = finished;
  const timeOf = (holds: (trial: number) => boolean): number =>
    durations.reduce((sum, ms, trial) => sum + (holds(trial) ? ms : 0), 0);
  const lost = reasons.filter(isLost).length;
  const shown = REASONS.filter(
    (reason) => isLost(reason) && reasons.includes(reason) && (wanted?.includes(reason) ?? true),
  );
  const losses = shown.map((reason): LossJson => {
    const isOf = (trial: number): boolean => reasons[trial] === reason;
    const count = reasons.filter((each) => each === reason).length;
    // A trial that was lost for another reason does not tell whether it would have been lost for this one too.
    const known = reasons.flatMap((each, trial) => (each === reason || !isLost(each) ? [trial] : []));
    const marks = Uint8Array.from(known, (trial) => (isOf(trial) ? 1 : 0));
    const own = columns.map((column) => Float64Array.from(known, (trial) => column[trial]!));
    const rule = findRule(study.space, own, marks, shown.length);
    const inRule = (trial: number): boolean => isOf(trial) && holds(rule!, columns, trial);
    return {
      ...{ reason, count, share: count / reasons.length, timeLostMs: timeOf(isOf) },
      rules: rule ? [toPattern(study.space, rule, count, timeOf(inRule))] : [],
    };
  });
  losses.sort((a, b) => b.count - a.count);
  return {
    study: study.name,
    trials: reasons.length,
    lost,
    successRate: reasons.length === 0 ? 1 : 1 - lost / reasons.length,
    timeMs: timeOf(() => true),
    timeLostMs: timeOf((trial) => isLost(reasons[trial]!)),
    reasons: losses,
    repeatOffenders: repeatedParams(study.space, finished),
    advice: losses.flatMap((loss) => adviceFor(reader.location, study, loss)),
  };
}

async function readFinished(reader: Reader, study: StudyRow, options: TrialOptions): Promise<Finished> {
  const own: readonly Field[] = [{ name: "state" }, { name: "reason" }, { name: "durationMs" }];
  const reasons: (Reason | null)[] = [];
  const durations: number[] = [];
  const cells: FieldCell[][] = study.space.params.map(() => []);
  for await (const page of reader.cells(
    study,
    [...own, ...paramFields(study.space)],
    filterOf(study, options),
  )) {
    for (const row of page) {
      if (row[0] === "waiting" || row[0] === "running") continue;
      reasons.push(row[1] as Reason | null);
      durations.push(Number(row[2] ?? 0));
      for (let i = 0; i < cells.length; i++) cells[i]!.push(row[own.length + i]!);
    }
  }
  return { reasons, durations, columns: paramColumns(study.space, cells) };
}

function holds(rule: Rule, columns: readonly Float64Array[], trial: number): boolean {
  return rule.conditions.every(({ param, operator, value }) => {
    const own = columns[param]![trial]!;
    return operator === "=" ? own === value : operator === ">=" ? own >= value : own <= value;
  });
}

function toPattern(space: Space, rule: Rule, count: number, timeLostMs: number): PatternJson {
  const conditions = rule.conditions.map((condition) => toCondition(space, condition));
  const text = conditions.map(({ param, op, value }) => `${param} ${op} ${shown(value)}`).join(" and ");
  const { support, trials, lift, p } = rule;
  return { text: `${support} of ${count} where ${text}`, conditions, support, trials, lift, p, timeLostMs };
}

function toCondition(space: Space, { param, operator, value }: RangeCondition) {
  const { name, distribution } = space.params[param]!;
  return { param: name, op: operator, value: decode(distribution, value) };
}

const shown = (value: unknown): string => (typeof value === "number" ? formatValue(value) : String(value));

/** Params that were lost more than once, and never once lived. */
function repeatedParams(
  space: Space,
  { reasons, columns }: Finished,
): { readonly text: string; readonly count: number }[] {
  const lostAt = new Map<string, number[]>();
  const keyOf = (trial: number): string => columns.map((column) => column[trial]!).join();
  reasons.forEach((reason, trial) => {
    if (!isLost(reason)) return;
    const key = keyOf(trial);
    const trials = lostAt.get(key);
    if (trials) trials.push(trial);
    else lostAt.set(key, [trial]);
  });
  const repeated = [...lostAt].filter(([, trials]) => trials.length > 1);
  if (repeated.length === 0) return [];
  const lived = new Set(reasons.flatMap((reason, trial) => (isLost(reason) ? [] : [keyOf(trial)])));
  return repeated
    .filter(([key]) => !lived.has(key))
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, MOST_OFFENDERS)
    .map(([, trials]) => {
      const params = space.params.flatMap(({ name, distribution }, i) => {
        const value = columns[i]![trials[0]!]!;
        return Number.isNaN(value) ? [] : [`${name} = ${shown(decode(distribution, value))}`];
      });
      return { text: `lost ${trials.length} times: ${params.join(", ")}`, count: trials.length };
    });
}

/** What to type about a loss: the study goes on with twice the limit, for as many trials as were lost to it. */
function adviceFor(file: string, study: StudyRow, { reason, count, timeLostMs }: LossJson) {
  const { memoryBytes, splitTimeoutMs, trialTimeoutMs } = study.limits;
  const raised =
    reason === "memory-limit" && memoryBytes
      ? (["--memory-limit", `${Math.ceil((2 * memoryBytes) / 1e6)}MB`] as const)
      : reason === "split-timeout" && splitTimeoutMs
        ? (["--split-timeout", `${2 * splitTimeoutMs}ms`] as const)
        : reason === "trial-timeout" && trialTimeoutMs
          ? (["--trial-timeout", `${2 * trialTimeoutMs}ms`] as const)
          : null;
  if (!raised) return [];
  const command = commandOn(file, "resume", study.name, ...raised, "--add", String(count));
  const text = `\`${command}\` tries as many new trials with twice the limit`;
  return [{ text, command, savesMs: timeLostMs }];
}
