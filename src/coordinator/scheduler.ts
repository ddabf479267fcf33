import type { TrialLimits } from "../core/engine.ts";
import type { Limits } from "../core/limits.ts";
import type { BreakerOptions } from "../scheduler/breaker.ts";
import type { Thresholds } from "../scheduler/concurrency.ts";
import { type SplitLimit, splitTimeout } from "../scheduler/split-timeout.ts";
import { ticker } from "../scheduler/ticker.ts";
import type { MachineProfile, Workers } from "../scheduler/workers.ts";
import type { Setting, StudyEnd } from "../store/records.ts";
import { openHealth } from "./breaker.ts";
import { type Capacity, openCapacity } from "./capacity.ts";
import { openCommands } from "./commands.ts";
import type { RunControl } from "./control.ts";
import type { StudyEvent } from "./events.ts";
import { openMonitor } from "./metrics.ts";
import type { RunningStudy } from "./study.ts";

/** What decides how many trials run at a time, and what may hold them back. */
export interface Scheduling {
  readonly workers: Workers;
  readonly machine: MachineProfile;
  /** Whether a trial waits until its expected peak fits beside those that run. */
  readonly admission: boolean;
  /** The circuit breaker; null: none. */
  readonly breaker: BreakerOptions | null;
  /** Whether the time limit of a split follows from the study's own splits. */
  readonly autoSplitTimeout: boolean;
  readonly thresholds: Thresholds;
  /** What the study's row says: `belay set` changes a part of it. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
  /** What earlier runs of the study have learned, oldest first. */
  readonly past: readonly PastTrial[];
  /** Shares of processor time since the last look, 0 to 1; `hosts` are the processes of Belay itself. */
  readonly readCpu: (hosts: readonly number[]) => { readonly total: number; readonly others: number };
  readonly readMemory: () => MachineMemory;
}

/** What admission and time limits learn from a trial that is over. */
export interface PastTrial {
  readonly row: Float64Array;
  /** null: it was not measured, or the trial did not come far enough. */
  readonly peakBytes: number | null;
  readonly splitMs: readonly number[];
}

/** What memory the machine has, and has left. */
export interface MachineMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** How often the owner tells that it lives. */
const HEARTBEAT_MS = 5_000;
/** How often the coordinator looks for commands from other terminals. */
const COMMANDS_MS = 250;
const SENSE_MS = 1_000;
const METRICS_MS = 5_000;
const RETENTION_MS = 3_600_000;

/** The limits of a trial, and where that of its splits comes from; null: it is fixed. */
export type ScheduledLimits = TrialLimits & { readonly from: SplitLimit["from"] | null };

/** The scheduler of one run: the work that comes back, and whether a further trial may start. */
export interface Schedule {
  /** Whether another trial may start beside those that run, were it not for its memory. */
  mayStart(running: number): boolean;
  /** Why the run ends, when that is the scheduler's decision. */
  readonly end: StudyEnd | null;
  readonly capacity: Capacity;
  autoSplitTimeout: boolean;
  /** The limits of a trial with these params, as they are now. */
  limitsOf(row: Float64Array): ScheduledLimits;
  /** A trial starts: the limit of its splits goes into the audit trail when it is not fixed. */
  started(trialId: number, limits: ScheduledLimits): void;
  /** Ends all periodic work. */
  close(): Promise<void>;
}

/** Starts the periodic work of a run. `fail` hears of a database that cannot be written. */
export function openSchedule(
  study: RunningStudy,
  control: RunControl,
  fail: (error: unknown) => void,
): Schedule {
  const { owned, clock, scheduling } = study;
  const ticks = ticker({ clock, seed: study.seed + owned.epoch, onError: fail });
  const capacity = openCapacity(study, control);
  const health = openHealth(study, fail);
  const monitor = openMonitor(study, { capacity, health, ticks });
  const timeouts = splitTimeout(study.space, {
    fixedMs: study.limits.trialTimeoutMs,
    ceilingMs: study.limits.trialTimeoutMs,
  });
  for (const { row, splitMs } of scheduling?.past ?? [])
    for (const durationMs of splitMs) timeouts.observe(row, durationMs);

  function learn(event: StudyEvent): void {
    const live = "number" in event ? study.live.get(event.number) : null;
    if (event.kind === "split" && live && schedule.autoSplitTimeout)
      timeouts.observe(live.row, event.result.durationMs);
    if (event.kind === "trial-ended" && live && event.outcome.state === "pruned") {
      const { reason, detail } = event.outcome;
      if (reason === "split-timeout") timeouts.observe(live.row, Number(detail.elapsedMs));
    }
    monitor.hear(event);
    capacity.hear(event, live);
    health.hear(event, live);
  }
  if (scheduling) study.learn = learn;

  const schedule: Schedule = {
    mayStart: (running) => !control.paused && running < capacity.slots && health.mayStart(),
    get end() {
      return health.isDead ? "breaker" : null;
    },
    capacity,
    autoSplitTimeout: scheduling?.autoSplitTimeout ?? false,
    limitsOf(row) {
      if (!schedule.autoSplitTimeout) return { ...study.limits, from: null };
      const { limitMs, from } = timeouts.limit(row);
      return { ...study.limits, splitTimeoutMs: limitMs, from };
    },
    started(trialId, { splitTimeoutMs, from }) {
      if (from === null) return;
      owned.event("split-limit", trialId, { limitMs: splitTimeoutMs, from }).catch(fail);
    },
    async close() {
      ticks.stop();
      await commands.close();
    },
  };
  const commands = openCommands(study, control, schedule);
  ticks.register({ name: "heartbeat", intervalMs: HEARTBEAT_MS, run: () => owned.periodic.heartbeat() });
  ticks.register({ name: "commands", intervalMs: COMMANDS_MS, run: commands.poll });
  if (scheduling) {
    ticks.register({ name: "sense", intervalMs: SENSE_MS, run: () => sense() });
    ticks.register({ name: "metrics", intervalMs: METRICS_MS, run: () => monitor.record() });
    ticks.register({ name: "retention", intervalMs: RETENTION_MS, run: () => owned.periodic.thin() });
  }

  function sense(): void {
    capacity.sense();
    // Whoever waits for memory, for the breaker's rest or for a quieter machine looks again.
    if (capacity.isBlocked || health.isResting) control.wake();
  }
  return schedule;
}
