import { availableParallelism } from "node:os";
import { PAUSE_MS } from "../core/timer.ts";

/**
 * Detects pauses: times in which the process was stopped (SIGSTOP, a paused container) while the clock went on. Code
 * that reads the clock every few milliseconds sees a pause as a gap between two readings in which the process used no
 * processor time; a process that was only busy has used some. A suspended machine causes no pause, since the monotonic
 * clock stops too.
 */

/** The share of a gap up to which processor time may be used and the gap still counts as a pause. */
const BUSY_SHARE = 0.1;
/**
 * The processor time that may be used on each core besides: between the two readings lie some milliseconds before and
 * after the pause, in which all threads of a process may work.
 */
const AROUND_MS = 50;
/** Read here, because a trial may replace the function. */
const CORES = availableParallelism();
/** How many pauses are remembered; no caller asks about a time before all of them. */
const MOST = 100;

/** The processor time of all threads of this process, in milliseconds. */
export function cpuMs(read = process.cpuUsage): number {
  const { user, system } = read.call(process);
  return (user + system) / 1000;
}

/** How much of the time between two readings was a pause: all of it, or 0. */
export function pauseBetween(elapsedMs: number, usedMs: number, cores = CORES): number {
  return elapsedMs > PAUSE_MS && usedMs < elapsedMs * BUSY_SHARE + cores * AROUND_MS ? elapsedMs : 0;
}

/**
 * Records pauses. Times are milliseconds of any monotonic clock. Call `look` at least every 100 ms or so.
 *
 * @param began - The time of the first reading, which is taken at once: a pause may come before the first look.
 */
export function pauseWatch(began: number, used: () => number = cpuMs) {
  const pauses: { readonly endedAt: number; readonly lostMs: number }[] = [];
  let last: { readonly at: number; readonly usedMs: number } = { at: began, usedMs: used() };
  return {
    /** Records a reading of the clock. @returns how long the process was paused since the last one; usually 0. */
    look(now: number, usedMs = used()): number {
      const lostMs = pauseBetween(now - last.at, usedMs - last.usedMs);
      last = { at: now, usedMs };
      if (lostMs > 0) pauses.push({ endedAt: now, lostMs });
      if (pauses.length > MOST) pauses.shift();
      return lostMs;
    },
    /** How long the process was paused since `at`. A pause that `at` lies within counts whole. */
    since(at: number): number {
      return pauses.reduce((sum, { endedAt, lostMs }) => sum + (endedAt > at ? lostMs : 0), 0);
    },
  };
}

export type PauseWatch = ReturnType<typeof pauseWatch>;
