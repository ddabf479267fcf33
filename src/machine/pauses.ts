import { PAUSE_MS } from "../core/timer.ts";

/**
 * The times in which a process stood still and the clock went on: a container that was paused, SIGSTOP. Whoever looks at a
 * clock every few milliseconds sees them as gaps between two looks, in which the process has used no processor time. (One
 * that was only busy has.) A machine's own suspend is none: the monotonic clock stands still then, too.
 */

/** What of a gap a process may have used and still have stood still in it. */
const BUSY_SHARE = 0.1;
/** So many are remembered: longer ago than all of these nobody asks for. */
const MOST = 100;

/** The processor time of this process, all its threads together, in milliseconds. */
export function cpuMs(read = process.cpuUsage): number {
  const { user, system } = read.call(process);
  return (user + system) / 1000;
}

/** How much of the time between two looks a process stood still. */
export function pauseBetween(elapsedMs: number, usedMs: number): number {
  return elapsedMs > PAUSE_MS && usedMs < elapsedMs * BUSY_SHARE ? elapsedMs : 0;
}

/** Notices pauses. Times are milliseconds of any monotonic clock; `look` is to be called at least every some 100 ms. */
export function pauseWatch(used: () => number = cpuMs) {
  const pauses: { readonly endedAt: number; readonly lostMs: number }[] = [];
  let last: { readonly at: number; readonly usedMs: number } | null = null;
  return {
    /** Looks at the clock. @returns how long the process has stood still since the last look: 0, as a rule. */
    look(now: number, usedMs = used()): number {
      const lostMs = last ? pauseBetween(now - last.at, usedMs - last.usedMs) : 0;
      last = { at: now, usedMs };
      if (lostMs > 0) pauses.push({ endedAt: now, lostMs });
      if (pauses.length > MOST) pauses.shift();
      return lostMs;
    },
    /** How long it has stood still since a moment, which may lie within a pause: that counts whole. */
    since(at: number): number {
      return pauses.reduce((sum, { endedAt, lostMs }) => sum + (endedAt > at ? lostMs : 0), 0);
    },
  };
}

export type PauseWatch = ReturnType<typeof pauseWatch>;
