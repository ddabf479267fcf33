import { after } from "./timer.ts";

/** The coordinator's source of time and timers: the machine's clock, or a virtual one in which a day takes a moment. */
export interface Clock {
  /** Wall-clock time, in milliseconds since 1970. People and time servers may set it forward and back. */
  now(): number;
  /** Milliseconds since an arbitrary moment, by a monotonic clock: it never goes back. */
  elapsed(): number;
  /** Calls back once after `delayMs`, whatever the wall clock does. @returns a function that cancels the call. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after,
};
