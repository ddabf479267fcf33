import type { AttemptKey } from "../../store/owned-study.ts";
import { isRefused } from "../../store/store-error.ts";
import type { Attempt } from "../running-attempts.ts";
import type { RunningStudy } from "../study.ts";
import { refusalOf } from "./refusal.ts";

/** The writes about one attempt, in their order: its start first, each in the order in which it was made, its end last. */
export interface Recorder {
  /**
   * Waits for a write about the attempt, made once its start is recorded. What the database refuses for what it is (a
   * value that a column does not take) is the end of that trial, not of the run: nothing else hangs on it.
   *
   * @returns false when it was refused; then the attempt is on its way to its end.
   */
  take(write: (key: AttemptKey) => Promise<unknown>): Promise<boolean>;
  /** The end of the attempt waits for this too, and fails as it does. */
  add(written: Promise<unknown>): void;
  /** Settles when all that was added has. */
  all(): Promise<unknown>;
}

export function recorder({ attempts }: Pick<RunningStudy, "attempts">, attempt: Attempt): Recorder {
  let all: Promise<unknown> = attempt.key;
  return {
    async take(write) {
      try {
        await write(await attempt.key);
        return true;
      } catch (error) {
        if (!isRefused(error)) throw error;
        attempt.refused ??= refusalOf(error);
        attempts.cut(attempt.number);
        return false;
      }
    },
    add(written) {
      all = Promise.all([all, written]);
      all.catch(() => {}); // whoever ends the attempt hears of it
    },
    all: () => all,
  };
}
