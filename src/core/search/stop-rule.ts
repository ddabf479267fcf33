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
export type StopRuleName = "no-improvement" | "cost";

/** All that a stop rule may look at. */
export interface StopContext {
  readonly history: History;
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  /** How long the study has run, all its runs together. */
  readonly activeMs: number;
}

/** What a stop rule sees at one moment. */
export interface StopFigure {
  /** Whether there is nothing more to be expected of the study. */
  readonly holds: boolean;
  /** The figure for people: `no improvement for 31 of 50 trials`. */
  readonly text: string;
  /** The numbers behind it. */
  readonly detail: Detail;
}

/** What there is to know of a study before any trial ends. */
export type StoppedStudy = Pick<StopContext, "directions" | "splitCount">;

/** Says when a study has nothing more to expect: a function of the context alone. */
export interface StopRule {
  readonly name: string;
  /** What its factory was given; with the name it is its spec. */
  readonly options?: Spec["options"];
  look(context: StopContext): StopFigure;
  /** After so much running time it holds, whatever the trials do; absent: it looks at trials. */
  readonly holdsAfterMs?: number;
  /** Why it can never hold in such a study, for people; null when it can. */
  idle?(study: StoppedStudy): string | null;
}

/** A figure with the rule that it is of, as it is told and recorded. */
export interface RuleFigure extends StopFigure {
  /** The rule's spec as text: `no-improvement(trials=50)`. */
  readonly rule: string;
}

/** What each of the rules sees; those that can never hold are left out. */
export function ruleFigures(rules: readonly StopRule[], context: StopContext): RuleFigure[] {
  return rules
    .filter((rule) => (rule.idle?.(context) ?? null) === null)
    .map((rule) => ({ rule: textOf(rule), ...rule.look(context) }));
}

/** What is recorded of the rule that ended a study. */
export function convergedDetail({ rule, text, detail }: RuleFigure): Detail {
  return { rule, text, ...detail };
}

/** Lines about the rules that can never hold in such a study. */
export function idleRuleNotes(rules: readonly StopRule[], study: StoppedStudy): string[] {
  return rules.flatMap((rule) => {
    const why = rule.idle?.(study) ?? null;
    return why === null ? [] : [`stop rule ${rule.name}: ${why}; it never ends the study`];
  });
}

function textOf({ name, options = {} }: StopRule): string {
  return formatSpec({ name, options });
}
