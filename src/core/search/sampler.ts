import type { Rng } from "../rng.ts";
import type { Space } from "../space/space.ts";
import type { Direction } from "./direction.ts";
import type { History } from "./history.ts";
import type { Spec } from "./spec.ts";

/**
 * The samplers by name.
 *
 * @example
 * sampler: "cmaes"
 */
export type SamplerName = "tpe" | "cmaes" | "qmc" | "grid" | "random";

/** All that a sampler may look at. Not the study, not the store: then a run can be replayed. */
export interface AskContext {
  readonly space: Space;
  readonly directions: readonly Direction[];
  /** Finished trials, and those that run now. */
  readonly history: History;
  /** The number of the trial that is asked for. */
  readonly number: number;
  /** A stream for this trial and a purpose; equal purposes give equal streams. */
  readonly rng: (purpose: string) => Rng;
  /** The study's seed stream for what does not depend on the trial (a shuffled grid, a scrambled sequence). */
  readonly studyRng: (purpose: string) => Rng;
  /** The same params may give other values: then a duplicate is allowed. */
  readonly noise: boolean;
  /** How many trials are planned in all, for samplers that spend a budget; null: nobody has said. */
  readonly trials: number | null;
}

/**
 * Proposes params: a function of the context alone. It may keep what it computed from a history's append-only part
 * (keyed by the history object), but must answer the same without that.
 */
export interface Sampler {
  readonly name: string;
  /** What its factory was given; with the name it is its spec. */
  readonly options?: Spec["options"];
  /**
   * @returns a row of the space (see `Space`), inactive params NaN; null when the space is exhausted, which ends the
   *   study in good order.
   */
  ask(context: AskContext): Float64Array | null;
}
