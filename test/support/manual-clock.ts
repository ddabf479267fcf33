import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that moves only when the test says so. */
export function manualClock() {
  const timers = new Set<Timer>();
  let now = 0;
  let created = 0;
  const earliest = (): Timer | null => {
    let first: Timer | null = null;
    for (const timer of timers) if (!first || timer.at < first.at) first = timer;
    return first;
  };
  const clock: Pick<Clock, "elapsed" | "after"> = {
    elapsed: () => now,
    after(delayMs, callback) {
      const timer = { at: now + delayMs, callback };
      created++;
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  return {
    clock,
    /** Number of timers that are set. */
    waiting: () => timers.size,
    created: () => created,
    /** Advances the clock, and runs each timer at its time. */
    advance(ms: number): void {
      const end = now + ms;
      for (let next = earliest(); next && next.at <= end; next = earliest()) {
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    /** Advances the clock like a suspended machine: all timers that became due meanwhile run at the end. */
    jump(ms: number): void {
      now += ms;
      this.advance(0);
    },
  };
}
