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

/** All that a pruner may base its verdict on. */
export interface JudgeContext {
  readonly history: History;
  readonly directions: readonly Direction[];
  /** The trial that is judged; the last of `trial.steps` is its newest value. */
  readonly trial: RunningTrial;
  /** How many steps a trial has in all: the number of splits; null for reports, whose number is not known. */
  readonly totalSteps: number | null;
}

/**
 * Whether a trial goes on. `detail` has the numbers behind the verdict, which are recorded. `estimate`, which some
 * pruners give, is the value that the trial would probably have reached: samplers learn from it as from a value.
 */
export type Verdict =
  | { readonly prune: false }
  | { readonly prune: true; readonly detail: Detail; readonly estimate?: Estimate };

export const GO_ON: Verdict = { prune: false };

/** What is known of a study before any trial is judged. */
export interface JudgedStudy {
  readonly directions: readonly Direction[];
  readonly splitCount: number;
  /** How a trial's value is computed from its splits; absent if that is not known. */
  readonly aggregate?: AggregateKind;
}

/** Judges running trials. Its verdict is a pure function of the context. */
export interface Pruner {
  readonly name: string;
  /** The options that its factory was given; name and options are its spec. */
  readonly options?: Spec["options"];
  judge(context: JudgeContext): Verdict;
  /**
   * The order in which the splits of a trial should run. `informative`, for a pruner that compares a trial with
   * complete ones at the same splits: it can judge sooner if the first splits say most. `given`, for a pruner that
   * compares trials at their first splits, which must be the same for all trials. Absent if the order makes no
   * difference.
   */
  readonly splitOrder?: SplitOrder;
  /** Why it can prune no trial of such a study, as text for people; null when it can. */
  idle?(study: JudgedStudy): string | null;
  /** What is different about its verdicts in such a study, as text for people; null when nothing is. */
  note?(study: JudgedStudy): string | null;
}

/**
 * The pruner's verdict on a trial after its newest step. With several directions no trial is judged, because values have
 * no order; nor is the last of several splits, because pruning would save nothing.
 */
export function verdictOn(
  trial: RunningTrial,
  { pruner, history, directions, splitCount }: JudgedStudy & { pruner: Pruner; history: History },
): Verdict {
  if (directions.length > 1 || trial.steps.length === 0) return GO_ON;
  if (splitCount > 1 && trial.steps.length >= splitCount) return GO_ON;
  return pruner.judge({ history, directions, trial, totalSteps: splitCount > 1 ? splitCount : null });
}

/** Why the study's pruner can prune no trial, as text for people; null when it can, or the study has no pruner. */
export function idleReason(pruner: Pick<Pruner, "name" | "idle">, study: JudgedStudy): string | null {
  if (pruner.name === "none") return null;
  return study.directions.length > 1
    ? "trials with several objectives have no order, so none is judged"
    : (pruner.idle?.(study) ?? null);
}

/**
 * A line for people that says why the study's pruner can prune no trial; null when it can, or the study has no pruner.
 */
export function idleNote(pruner: Pick<Pruner, "name" | "idle">, study: JudgedStudy): string | null {
  const why = idleReason(pruner, study);
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
