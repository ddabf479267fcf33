import type { AggregateKind } from "../aggregate.ts";
import type { Detail, Estimate } from "../trial.ts";
import type { Direction } from "./direction.ts";
import type { History, RunningTrial } from "./history.ts";
import type { Spec } from "./spec.ts";
import type { SplitOrder } from "./split-order.ts";

/**
 * The pruners by name.
 *
 * @example
 * pruner: "median"
 */
export type PrunerName =
  | "none"
  | "median"
  | "percentile"
  | "race"
  | "threshold"
  | "patient"
  | "halving"
  | "hyperband"
  | "wilcoxon";

/** All that a pruner may look at. */
export interface JudgeContext {
  readonly history: History;
  readonly directions: readonly Direction[];
  /** The trial that is judged; `trial.steps` ends with the value that has just come. */
  readonly trial: RunningTrial;
  /** How many steps a trial has in all, when that is known (the number of splits); null for reports. */
  readonly totalSteps: number | null;
}

/**
 * Whether a trial goes on. `detail` holds the numbers that the pruner saw, for the row; `estimate`, where a pruner has
 * one, is what the trial would probably have come to: samplers learn from it as from a value.
 */
export type Verdict =
  | { readonly prune: false }
  | { readonly prune: true; readonly detail: Detail; readonly estimate?: Estimate };

export const GO_ON: Verdict = { prune: false };

/** What there is to know of a study before any trial is judged. */
export interface JudgedStudy {
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  /** How the value of a trial comes from its splits; absent: not known. */
  readonly aggregate?: AggregateKind;
}

/** Judges a running trial: a function of the context alone. */
export interface Pruner {
  readonly name: string;
  /** What its factory was given; with the name it is its spec. */
  readonly options?: Spec["options"];
  judge(context: JudgeContext): Verdict;
  /**
   * In which order it wants the splits of a trial to run. `informative`: it compares a trial with complete ones at the
   * same splits, and judges the better the sooner they tell. `given`: it compares trials at their first splits, which have
   * to be the same for all. Absent: the order does not matter to it.
   */
  readonly splitOrder?: SplitOrder;
  /** Why it can end no trial of such a study, for people; null when it can. */
  idle?(study: JudgedStudy): string | null;
  /** What is different about its verdicts in such a study, for people; null when nothing is. */
  note?(study: JudgedStudy): string | null;
}

/** Why a pruner ends no trial of a study that expects it to, in one line; null when there is nothing to say. */
export function idleNote(pruner: Pick<Pruner, "name" | "idle">, study: JudgedStudy): string | null {
  if (pruner.name === "none") return null;
  const why =
    study.directions.length > 1
      ? "trials with several objectives have no order, so none is judged"
      : (pruner.idle?.(study) ?? null);
  return why === null ? null : `pruner ${pruner.name}: ${why}; every trial runs to its end or to a limit`;
}

/**
 * `idleNote`, or what is different about the verdicts of a pruner in such a study; null when there is nothing to say.
 */
export function prunerNote(
  pruner: Pick<Pruner, "name" | "idle" | "note">,
  study: JudgedStudy,
): string | null {
  const idle = idleNote(pruner, study);
  if (idle !== null) return idle;
  const note = pruner.note?.(study) ?? null;
  return note === null ? null : `pruner ${pruner.name}: ${note}`;
}
