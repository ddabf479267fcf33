import type { Readable } from "node:stream";
import type { ToThread } from "../protocol.ts";

/**
 * What trains inside a host; at present a worker_thread. It receives messages of type `ToThread` and sends those of
 * type `FromThread`, which are untrusted and validated by `door/message.ts`.
 */
export interface Trainer {
  post(message: ToThread): void;
  /** Ends the trainer at once. Resolves when it has ended, which native code can delay forever; `exit` is called too. */
  terminate(): Promise<unknown>;
  /** Passes on the unread messages that it has sent before its end. */
  drain(): void;
  /** The streams of what it prints. */
  readonly output: readonly Readable[];
  /** A snapshot of its heap for Chrome's developer tools; null for a trainer without a V8 heap. */
  heapSnapshot(): Promise<Readable | null>;
  /**
   * Starts to measure its activity. The returned function gives the share of time since then that it was busy, 0 to 1.
   */
  measureActivity(): () => number;
}

/** The callbacks for a trainer's events. */
export interface TrainerListeners {
  /** Called with each message, which is untrusted. */
  readonly message: (value: unknown) => void;
  /** Called with an uncaught error; the exit follows. */
  readonly error: (thrown: unknown) => void;
  /** Called when it has ended. */
  readonly exit: (exitCode: number) => void;
}
