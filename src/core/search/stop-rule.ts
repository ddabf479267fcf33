import type { Detail } from "../trial.ts";
import type { Direction } from "./direction.ts";
import type { History } from "./history.ts";
import { formatSpec, type Spec } from "./spec.ts";

/**
 * The stop rules by name.
 *
 * @example
 * stop: ["no-improvement"]
 */
export type StopRuleName = "no-improvement" | "regret" | "cost";

/** Everything that a stop rule may depend on. */
export interface StopContext {
  readonly history: History;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  /** How long the study has run, over all its runs, in milliseconds. */
  readonly activeMs: number;
}

/** The state of a stop rule after the trials of a history. */
export interface StopFigure {
  /** Whether the study should end. */
  readonly holds: boolean;
  /** The state of the rule as text for people: `no improvement for 31 of 50 trials`. */
  readonly text: string;
  /** The numbers behind the text. */
  readonly detail: Detail;
}

/** The properties of a study that are known before any trial ends. */
export type StoppedStudy = Pick<StopContext, "directions" | "splitCount">;

/** Decides when a study should end, as a pure function of the context. */
export interface StopRule {
  readonly name: string;
  /** The options that its factory was given; name and options are its spec. */
  readonly options?: Spec["options"];
  look(context: StopContext): StopFigure;
  /** The running time after which the rule holds, whatever the trials do; absent for a rule that depends on trials. */
  readonly holdsAfterMs?: number;
  /** Why the rule can never hold in such a study, as text for people; null when it can. */
  idle?(study: StoppedStudy): string | null;
}

/** The state of a rule together with the rule, as it is shown and recorded. */
export interface RuleFigure extends StopFigure {
  /** The rule's spec as text: `no-improvement(trials=50)`. */
  readonly rule: string;
}

/** The state of each rule. Rules that can never hold are left out. */
export function ruleFigures(rules: readonly StopRule[], context: StopContext): RuleFigure[] {
  return rules
    .filter((rule) => (rule.idle?.(context) ?? null) === null)
    .map((rule) => ({ rule: textOf(rule), ...rule.look(context) }));
}

/** The detail that is recorded with the end of a study: the rule that ended it, and its state. */
export function convergedDetail({ rule, text, detail }: RuleFigure): Detail {
  return { rule, text, ...detail };
}

/** A line for people about each rule that can never hold in such a study. */
export function idleRuleNotes(rules: readonly StopRule[], study: StoppedStudy): string[] {
  return rules.flatMap((rule) => {
    const why = rule.idle?.(study) ?? null;
    return why === null ? [] : [`stop rule ${rule.name}: ${why}; it never ends the study`];
  });
}

function textOf({ name, options = {} }: StopRule): string {
  return formatSpec({ name, options });
}
