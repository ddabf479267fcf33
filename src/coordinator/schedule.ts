import type { TrialLimits } from "../core/engine.ts";
import type { Limits } from "../core/limits.ts";
import { ticker } from "../core/ticker.ts";
import { type MachineProfile, type Workers, workersCeiling } from "../scheduler/workers.ts";
import type { Setting, StudyEnd } from "../store/rows.ts";
import { openCommands } from "./commands.ts";
import type { RunControl } from "./control.ts";
import type { RunningStudy } from "./study.ts";

/** What decides how many trials run at a time. */
export interface Scheduling {
  readonly workers: Workers;
  readonly machine: MachineProfile;
  /** What the study's row says: `belay set` changes a part of it. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
}

/** How often the owner tells that it lives. */
const HEARTBEAT_MS = 5_000;
/** How often the coordinator looks for commands from other terminals. */
const COMMANDS_MS = 250;

/** The scheduler of one run: the work that comes back, and whether a further trial may start. */
export interface Schedule {
  /** Whether another trial may start beside those that run. */
  mayStart(running: number): boolean;
  /** Why the run ends, when that is the scheduler's decision. */
  readonly end: StudyEnd | null;
  workers: Workers;
  /** Whether the time limit of a split follows from the study's own splits. */
  autoSplitTimeout: boolean;
  /** The limits of a trial with these params, as they are now. */
  limitsOf(row: Float64Array): TrialLimits;
  readonly reserveBytes: number;
  reserve(bytes: number): void;
  /** Ends all periodic work. */
  close(): Promise<void>;
}

/** Starts the periodic work of a run. `fail` hears of a database that cannot be written. */
export function openSchedule(
  study: RunningStudy,
  control: RunControl,
  fail: (error: unknown) => void,
): Schedule {
  const { store, studyId, epoch, engine, scheduling } = study;
  const ticks = ticker({
    clock: study.clock,
    seed: study.seed + process.pid,
    onError: fail,
  });
  let reserveBytes = scheduling?.limits.reserveBytes ?? 0;
  let workers: Workers = scheduling?.workers ?? engine.capacity;

  const schedule: Schedule = {
    mayStart: (running) => !control.paused && running < engine.capacity,
    end: null,
    get workers() {
      return workers;
    },
    set workers(next) {
      workers = next;
      if (scheduling) engine.resize?.(workersCeiling(next, scheduling.machine));
      control.wake();
    },
    autoSplitTimeout: false,
    limitsOf: () => study.limits,
    get reserveBytes() {
      return reserveBytes;
    },
    reserve(bytes) {
      reserveBytes = bytes;
    },
    async close() {
      ticks.stop();
      await commands.close();
    },
  };
  const commands = openCommands(study, control, schedule);
  ticks.register({
    name: "heartbeat",
    intervalMs: HEARTBEAT_MS,
    run: () => store.heartbeat(studyId, epoch),
  });
  ticks.register({ name: "commands", intervalMs: COMMANDS_MS, run: commands.poll });
  return schedule;
}
