import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to move on. */
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
    /** Timers that wait now. */
    waiting: () => timers.size,
    created: () => created,
    /** Moves on, and calls back what becomes due, each at its time. */
    advance(ms: number): void {
      const end = now + ms;
      for (let next = earliest(); next && next.at <= end; next = earliest()) {
        timers.delete(next);
        now = Math.max(now, next.at);
        next.callback();
      }
      now = end;
    },
    /** Moves on as a suspended machine does: timers that became due meanwhile all come at the end. */
    jump(ms: number): void {
      now += ms;
      this.advance(0);
    },
  };
}
