import type { Limits } from "../core/limits.ts";
import type { Observation } from "../core/search/history.ts";
import type { Setting } from "../core/setting.ts";
import type { BreakerOptions } from "./breaker.ts";
import type { Thresholds } from "./concurrency.ts";
import type { MachineProfile, Workers } from "./workers.ts";

/** What decides how many trials run at the same time, and which trials have to wait. */
export interface SchedulerOptions {
  readonly workers: Workers;
  readonly machine: MachineProfile;
  /** Whether a trial waits until its expected memory peak fits beside the running trials. */
  readonly admission: boolean;
  /** Options of the circuit breaker; null for none. */
  readonly breaker: BreakerOptions | null;
  /** Whether the time limit of a split is derived from the study's own splits. */
  readonly autoSplitTimeout: boolean;
  readonly thresholds: Thresholds;
  /** The study's recorded settings, some of which `belay set` can change. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
  /** Observations from earlier runs of the study, oldest first. */
  readonly past: readonly Observation[];
}
