import { decode } from "../../core/space/distribution.ts";
import type { Space } from "../../core/space/space.ts";
import type { Json } from "../../core/trial.ts";
import { formatValue } from "../../core/units.ts";
import type { RangeCondition } from "../../importance/conditions.ts";
import type { Rule } from "../../importance/rules.ts";

/** A condition on a param, such as `units >= 512`. */
export interface ParamConditionJson {
  readonly param: string;
  readonly op: ">=" | "<=" | "=";
  readonly value: Json;
}

/** A pattern of the trials that were lost for a reason. */
export interface PatternJson {
  /** `41 of 47 where units >= 512 and batch >= 128`. */
  readonly text: string;
  readonly conditions: readonly ParamConditionJson[];
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

/** Whether a condition holds for a trial. */
export function holdsFor(
  { param, operator, value }: RangeCondition,
  columns: readonly Float64Array[],
  trial: number,
): boolean {
  const own = columns[param]![trial]!;
  return operator === "=" ? own === value : operator === ">=" ? own >= value : own <= value;
}

/** A rule as `kills --json` prints it. @param count - How many trials the reason has. */
export function toPattern(space: Space, rule: Rule, count: number, timeLostMs: number): PatternJson {
  const conditions = rule.conditions.map(({ param, operator, value }): ParamConditionJson => {
    const { name, distribution } = space.params[param]!;
    return { param: name, op: operator, value: decode(distribution, value) };
  });
  const text = conditions.map(({ param, op, value }) => `${param} ${op} ${shownValue(value)}`).join(" and ");
  const { support, trials, lift, p } = rule;
  return { text: `${support} of ${count} where ${text}`, conditions, support, trials, lift, p, timeLostMs };
}

/** The value of a param for people. */
export function shownValue(value: unknown): string {
  return typeof value === "number" ? formatValue(value) : String(value);
}
