import { after } from "../../core/timer.ts";
import { openThreads } from "../../machine/busy.ts";
import type { Trainer } from "./trainer.ts";

/**
 * Detects work that a trial has left behind (a loop over `setImmediate`, ports that call one another, a nested worker,
 * a native thread) and that would take processor time from every later trial: between two trials a host should be idle.
 * The first check costs no time, because it runs while the coordinator chooses the next trial. More follow only if it
 * finds work.
 */
export interface IdleWatch {
  /** Starts to watch; the host should be idle from here on. */
  begin(): void;
  /** Checks whether something still works. @returns what, in words; null if nothing does. */
  leftAtWork(): Promise<string | null>;
  /** The number of files that the watch keeps open. */
  readonly files: number;
}

/** The share of time above which the trainer counts as busy. */
const ACTIVE_SHARE = 0.5;
/**
 * The pauses between checks, of which one that finds no work is enough. The first are short, since the thread has
 * usually just not finished yet. The last are long, since OpenMP threads spin for 200 ms after their work.
 */
const PAUSES_MS = [1, 1, 2, 5, 10, 20, 40, 80, 160];
/**
 * The processor time that work has to take before it counts as left behind, and the longest wait for it. Where many
 * programs want the processor, a compiler's thread that needs 20 ms of it looks busy for half a second.
 */
const WORK_CPU_MS = 150;
const LONGEST_WAIT_MS = 5_000;

/** The processor time that this process has used so far. */
function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/**
 * Creates the watch.
 *
 * @param ownProcess - Whether the host is a process of its own; if not, only its trainer is checked.
 * @param cpuMs - Reads the processor time that the process has used so far.
 */
export function idleWatch(trainer: Trainer, ownProcess: boolean, cpuMs = processCpuMs): IdleWatch {
  let activity = trainer.measureActivity();
  const threads = openThreads();
  let isFirst = true;
  /** No thread was busy at an earlier check since the trial, so none was left behind. */
  let isQuiet = false;
  /** The study's own setup has started something that works all the time. */
  let isNeverIdle = false;

  const checkThreads = (): void => {
    isQuiet ||= !ownProcess || threads.running() === 0;
  };
  const begin = (): void => {
    activity = trainer.measureActivity();
    isQuiet = false;
  };

  function isBusy(): boolean {
    if (activity() > ACTIVE_SHARE) return true;
    checkThreads();
    return !isQuiet;
  }

  async function isBusyForLong(): Promise<boolean> {
    const startedMs = performance.now();
    const usedMs = cpuMs();
    for (let check = 0; isBusy(); check++) {
      if (check >= PAUSES_MS.length) {
        if (cpuMs() - usedMs >= WORK_CPU_MS) return true;
        if (performance.now() - startedMs >= LONGEST_WAIT_MS) return true;
      }
      begin();
      await new Promise<void>((resolve) => after(PAUSES_MS[check] ?? PAUSES_MS.at(-1)!, resolve));
    }
    return false;
  }

  return {
    get files() {
      return threads.files;
    },
    begin() {
      begin();
      setImmediate(checkThreads);
    },
    async leftAtWork() {
      if (isNeverIdle) return null;
      const busy = await isBusyForLong();
      if (isFirst) isNeverIdle = busy;
      const isLeft = busy && !isFirst;
      isFirst = false;
      return isLeft ? "work that goes on" : null;
    },
  };
}
