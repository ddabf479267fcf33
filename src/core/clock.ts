/** What reads and waits for time in the coordinator: the machine's, or a virtual one in which a day takes a moment. */
export interface Clock {
  /** Milliseconds since 1970: a clock on the wall, which people and time servers may set forward and back. */
  now(): number;
  /** Milliseconds since any moment, by a clock that nobody sets: it never goes back. */
  elapsed(): number;
  /** Calls back once after `delayMs`, whatever the wall clock does. @returns a function that calls it off. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back every `periodMs`. @returns a function that ends it. */
  every(periodMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, callback) {
    // Longer delays than 2^31 - 1 ms (24.8 days) would fire at once: such a wait is made of several.
    const timer = delayMs > MAX_TIMER_MS ? null : setTimeout(callback, delayMs);
    if (timer) return () => clearTimeout(timer);
    let stop = (): void => {};
    const first = setTimeout(() => {
      stop = systemClock.after(delayMs - MAX_TIMER_MS, callback);
    }, MAX_TIMER_MS);
    return () => {
      clearTimeout(first);
      stop();
    };
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};

const MAX_TIMER_MS = 2 ** 31 - 1;
