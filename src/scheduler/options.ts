import type { Limits } from "../core/limits.ts";
import type { Observation } from "../core/search/history.ts";
import type { Setting } from "../core/setting.ts";
import type { MachineMemory } from "../machine/memory.ts";
import type { BreakerOptions } from "./breaker.ts";
import type { Thresholds } from "./concurrency.ts";
import type { MachineProfile, Workers } from "./workers.ts";

/** What decides how many trials run at a time, and what may hold trials back. */
export interface SchedulerOptions {
  readonly workers: Workers;
  readonly machine: MachineProfile;
  /** Whether a trial waits until its expected peak fits beside those that run. */
  readonly admission: boolean;
  /** The circuit breaker; null: none. */
  readonly breaker: BreakerOptions | null;
  /** Whether the time limit of a split follows from the study's own splits. */
  readonly autoSplitTimeout: boolean;
  readonly thresholds: Thresholds;
  /** The settings in the study's row; `belay set` changes some of them. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
  /** What earlier runs of the study have observed, oldest first. */
  readonly past: readonly Observation[];
  /** Shares of processor time since the last look, 0 to 1; `hosts` are the processes of Belay itself. */
  readonly readCpu: (hosts: readonly number[]) => { readonly total: number; readonly others: number };
  readonly readMemory: () => AvailableMemory;
}

/** How much memory the machine has, and how much of it is available. */
export type AvailableMemory = Pick<MachineMemory, "totalBytes" | "availableBytes">;
