import type { Direction } from "./direction.ts";
import type { Space } from "./space.ts";

/** What `backend` may ask for; "auto" takes the best that works. */
export const BACKEND_CHOICES = ["auto", "gpu", "node", "wasm", "cpu"] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** A TensorFlow.js backend that was taken. */
export type Backend = Exclude<BackendChoice, "auto">;

/** The limits that a study file sets; what it leaves out is absent. */
export interface StudyLimits {
  readonly splitTimeoutMs?: number;
  readonly trialTimeoutMs?: number;
  readonly setupTimeoutMs?: number;
  readonly memoryBytes?: number;
}

/**
 * A study file as plain data: what the coordinator knows of it. The file itself is imported only in workers, so that
 * nothing it does can hang or crash the coordinator.
 */
export interface StudyManifest {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly space: Space;
  /** null: the study uses no TensorFlow. */
  readonly backend: BackendChoice | null;
  readonly limits: StudyLimits;
  /** The same params may give other values. */
  readonly noise: boolean;
  /** Settings that the study file proposes, as the command line names them (`sampler`, `pruner`, `trials` ...). */
  readonly sampler: string | null;
  readonly pruner: string | null;
  readonly trials: number | null;
}
