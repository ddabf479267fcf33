import type { Detail, Estimate } from "../trial.ts";
import type { Direction } from "./direction.ts";
import type { History, RunningTrial } from "./history.ts";
import type { Spec } from "./spec.ts";

/**
 * The pruners by name.
 *
 * @example
 * pruner: "median"
 */
export type PrunerName = "none" | "median" | "percentile" | "race";

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

/** Judges a running trial: a function of the context alone. */
export interface Pruner {
  readonly name: string;
  /** What its factory was given; with the name it is its spec. */
  readonly options?: Spec["options"];
  judge(context: JudgeContext): Verdict;
}
