import { after } from "../../core/timer.ts";
import { openThreads } from "../../machine/busy.ts";
import type { Trainer } from "./trainer.ts";

/**
 * Between two trials a host has nothing to do. What works all the same was left behind (a loop over `setImmediate`,
 * ports that call one another, a nested worker, a thread of native code), and would take its part of the processor
 * from every later trial. The first look costs nothing: it falls into the time in which the coordinator thinks of the
 * next trial. Only what is found at work by that is looked at again.
 */
export interface IdleWatch {
  /** From here on nothing should work. */
  begin(): void;
  /** What works all the same; null: nothing. */
  leftAtWork(): Promise<string | null>;
  /** How many files it keeps open. */
  readonly files: number;
}

/** The share of its time above which the trainer is at work. */
const ACTIVE_SHARE = 0.5;
/**
 * Pauses before further looks; one that finds nobody at work is enough. The first are short: most often the thread has
 * only not come to its end yet. The last are long, since the threads of OpenMP go on for 200 ms after their work.
 */
const PAUSES_MS = [1, 1, 2, 5, 10, 20, 40, 80, 160];

/** @param ownProcess - Whether the process is this host's alone: otherwise only its trainer can be judged. */
export function idleWatch(trainer: Trainer, ownProcess: boolean): IdleWatch {
  let activity = trainer.measureActivity();
  const threads = openThreads();
  let isFirst = true;
  /** No thread worked when the coordinator had just begun to think: then none does. */
  let isQuiet = false;
  /** The study itself has something that works all the time. */
  let isNeverIdle = false;

  const lookAtThreads = (): void => {
    isQuiet ||= !ownProcess || threads.running() === 0;
  };
  const begin = (): void => {
    activity = trainer.measureActivity();
    isQuiet = false;
  };

  function isBusy(): boolean {
    if (activity() > ACTIVE_SHARE) return true;
    lookAtThreads();
    return !isQuiet;
  }

  async function isBusyForLong(): Promise<boolean> {
    for (const ms of PAUSES_MS) {
      if (!isBusy()) return false;
      begin();
      await new Promise<void>((resolve) => after(ms, resolve));
    }
    return isBusy();
  }

  return {
    get files() {
      return threads.files;
    },
    begin() {
      begin();
      setImmediate(lookAtThreads);
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
