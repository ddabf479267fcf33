import type { Clock } from "../core/clock.ts";

/** A clock that jumps from one timer to the next as soon as nobody works: a simulated day takes milliseconds. */
export interface VirtualClock extends Clock {
  sleep(delayMs: number): Promise<void>;
  /** Sets the wall clock forward (or back, below 0), as a time server would; timers do not notice. */
  jump(byMs: number): void;
  /** Holds all timers until the returned function is called, because real work is being done. */
  hold(): () => void;
  /** Drops all timers for good, because the process that has set them is dead. */
  stop(): void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** After this many turns of the event loop without work everything waits for a timer. */
const QUIET_TURNS = 2;

/** A virtual clock. Equal programs see equal times: timers of one moment fire in the order in which they were set. */
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
