import type { AttemptKey } from "../../store/owned-study.ts";
import { isRefused } from "../../store/store-error.ts";
import type { Attempt, RunningAttempts } from "../running-attempts.ts";
import { refusalOf } from "./refusal.ts";

/**
 * Owns the order of the writes about one attempt: its start comes first, each write follows the one before, its end comes
 * last. A write that fails takes those behind it along.
 */
export interface Recorder {
  /**
   * Writes something about the attempt, then calls `done`. What the database refuses because of the data (a value that a
   * column does not take) ends this trial and not the run, because no other trial depends on it.
   *
   * @param done - Gets false when the write was refused; then the attempt is already being ended.
   * @returns a promise that settles after `done`.
   */
  record(write: (key: AttemptKey) => Promise<unknown>, done: (taken: boolean) => void): Promise<void>;
  /** Writes the end, after everything that was recorded before this call. Nothing may be recorded after it. */
  end(write: (key: AttemptKey) => Promise<void>): Promise<void>;
}

/** @param started - Called once the start of the attempt is recorded, before anything else is. */
export function recorder(
  attempts: Pick<RunningAttempts, "cut">,
  attempt: Attempt,
  started: (key: AttemptKey) => void,
): Recorder {
  let last = attempt.key.then(started);
  last.catch(() => {}); // the end fails with the same error, and the loop hears of it there

  async function isTaken(write: (key: AttemptKey) => Promise<unknown>): Promise<boolean> {
    try {
      await write(await attempt.key);
      return true;
    } catch (error) {
      if (!isRefused(error)) throw error;
      attempt.refused ??= refusalOf(error);
      attempts.cut(attempt.number);
      return false;
    }
  }

  return {
    record(write, done) {
      last = last.then(() => isTaken(write)).then(done);
      last.catch(() => {}); // as above
      return last;
    },
    end: (write) => last.then(() => attempt.key).then(write),
  };
}
