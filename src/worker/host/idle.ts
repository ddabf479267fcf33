import type { EventLoopUtilization } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { after } from "../../core/timer.ts";
import { runningThreads } from "../../guard/busy.ts";

/**
 * Between two trials a host has nothing to do. What works all the same was left behind (a loop over `setImmediate`,
 * ports that call one another, a nested worker, a thread of native code), and would take its part of the processor
 * from every later trial. The first glance costs nothing: it is about the time in which the coordinator thinks of the
 * next trial. Only what is found at work by that is watched for longer.
 */
export interface IdleWatch {
  /** From here on nothing should work. */
  begin(): void;
  /** What works all the same; null: nothing. */
  leftAtWork(): Promise<string | null>;
}

/** The share of a processor above which somebody works. */
const BUSY_SHARE = 0.2;
/** Of the thread's own loop: shorter glances are mostly its last words. */
const ACTIVE_SHARE = 0.5;
/**
 * One quiet look is enough. The last are long, since the threads of OpenMP go on for 200 ms after their work, and a
 * collection of garbage for some.
 */
const LOOKS_MS = [10, 20, 40, 80, 160];

/** @param ownProcess - Whether the process is this host's alone: otherwise only its thread can be judged. */
export function idleWatch(worker: Worker, ownProcess: boolean): IdleWatch {
  let since: EventLoopUtilization = worker.performance.eventLoopUtilization();
  let isFirst = true;
  /** The study itself has something that works all the time. */
  let isNeverIdle = false;

  const isActive = (): boolean => worker.performance.eventLoopUtilization(since).utilization > ACTIVE_SHARE;

  async function isBusyFor(ms: number): Promise<boolean> {
    since = worker.performance.eventLoopUtilization();
    const used = process.cpuUsage();
    const began = performance.now();
    await new Promise<void>((resolve) => after(ms, resolve));
    if (isActive()) return true;
    if (!ownProcess) return false;
    const { user, system } = process.cpuUsage(used);
    return (user + system) / 1_000 / (performance.now() - began) > BUSY_SHARE;
  }

  async function isBusy(): Promise<boolean> {
    if (!isActive() && (!ownProcess || runningThreads() === 0)) return false;
    for (const ms of LOOKS_MS) if (!(await isBusyFor(ms))) return false;
    return true;
  }

  return {
    begin() {
      since = worker.performance.eventLoopUtilization();
    },
    async leftAtWork() {
      if (isNeverIdle) return null;
      const busy = await isBusy();
      if (isFirst) isNeverIdle = busy;
      const isLeft = busy && !isFirst;
      isFirst = false;
      return isLeft ? "work that goes on" : null;
    },
  };
}
