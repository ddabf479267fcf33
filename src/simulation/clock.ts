import type { Clock } from "../core/clock.ts";

/** A clock that jumps to the next timer as soon as no work is left, so that a simulated day takes milliseconds. */
export interface VirtualClock extends Clock {
  sleep(delayMs: number): Promise<void>;
  /** Sets the wall clock forward, or back if negative, as a time server would; timers are not affected. */
  jump(byMs: number): void;
  /** Holds all timers, while real work is done, until the returned function is called. */
  hold(): () => void;
  /** Drops all timers for good, because the simulated process that has set them is dead. */
  stop(): void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** After this many turns of the event loop without held work, all that runs waits for a timer. */
const QUIET_TURNS = 2;

/**
 * Creates a virtual clock. It is deterministic: timers that are due at the same time fire in the order in which they
 * were set.
 */
export function virtualClock(startMs = Date.UTC(2030, 0, 1)): VirtualClock {
  const timers = new Set<Timer>();
  let elapsedMs = 0;
  let wallMs = startMs;
  let order = 0;
  let held = 0;
  let isTurning = false;
  let isStopped = false;

  function turn(quietTurns: number): void {
    if (isStopped || timers.size === 0) {
      isTurning = false;
      return;
    }
    const quiet = held > 0 ? 0 : quietTurns + 1;
    if (quiet > QUIET_TURNS) fireNext();
    setImmediate(turn, quiet > QUIET_TURNS ? 0 : quiet);
  }

  function fireNext(): void {
    let next: Timer | null = null;
    for (const timer of timers) {
      if (next === null || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer;
    }
    timers.delete(next!);
    wallMs += next!.at - elapsedMs;
    elapsedMs = next!.at;
    next!.callback();
  }

  function after(delayMs: number, callback: () => void): () => void {
    const timer = { at: elapsedMs + Math.max(0, delayMs), order: order++, callback };
    timers.add(timer);
    if (!isTurning) {
      isTurning = true;
      setImmediate(turn, 0);
    }
    return () => void timers.delete(timer);
  }

  return {
    now: () => Math.round(wallMs),
    elapsed: () => elapsedMs,
    after,
    sleep: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
    jump(byMs) {
      wallMs += byMs;
    },
    hold() {
      held++;
      let isHeld = true;
      return () => {
        if (isHeld) held--;
        isHeld = false;
      };
    },
    stop() {
      isStopped = true;
      timers.clear();
    },
  };
}
