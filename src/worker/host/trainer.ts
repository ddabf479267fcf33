import type { Readable } from "node:stream";
import type { ToThread } from "../protocol.ts";

/**
 * What trains inside a host, as the host sees it: a worker_thread today. It hears the messages of `ToThread` and answers
 * with those of `FromThread`; what it sends is data from a stranger, and is read at the door.
 */
export interface Trainer {
  post(message: ToThread): void;
  /** Ends it at once. Native code can delay that for ever, so nobody waits for it; its exit is told. */
  terminate(): void;
  /** Hears what it sent before its end and nobody has read yet. */
  drain(): void;
  /** What it prints: bytes that are cut into lines by the host. */
  readonly output: readonly Readable[];
  /** What it holds, for Chrome's developer tools; null for a trainer that has no such thing. */
  heapSnapshot(): Promise<Readable | null>;
  /** Starts to measure; the function that it returns tells the share of the time since then in which it has worked, 0 to 1. */
  measureActivity(): () => number;
}

/** What a trainer tells of itself, beside its output. */
export interface TrainerEars {
  /** A message, whatever it is. */
  readonly message: (sent: unknown) => void;
  /** It threw something that nobody caught; its exit follows. */
  readonly error: (thrown: unknown) => void;
  /** It is gone. */
  readonly exit: (exitCode: number) => void;
}
