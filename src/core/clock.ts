import { after } from "./timer.ts";

/** What reads and waits for time in the coordinator: the machine's, or a virtual one in which a day takes a moment. */
export interface Clock {
  /** Milliseconds since 1970: a clock on the wall, which people and time servers may set forward and back. */
  now(): number;
  /** Milliseconds since any moment, by a clock that nobody sets: it never goes back. */
  elapsed(): number;
  /** Calls back once after `delayMs`, whatever the wall clock does. @returns a function that calls it off. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after,
};
