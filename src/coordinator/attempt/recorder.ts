import type { AttemptKey } from "../../store/owned-study.ts";
import { isRefused } from "../../store/store-error.ts";
import type { Attempt, RunningAttempts } from "../running-attempts.ts";
import { refusalOf } from "./refusal.ts";

/**
 * Owns the order of the writes about one attempt: the start comes first, each write follows the one before, the end comes
 * last. When a write fails, those behind it fail with the same error.
 */
export interface Recorder {
  /**
   * Writes something about the attempt, then calls `done`. When the database refuses the data of the write (a value that
   * a column does not take), this trial ends and the run goes on, because no other trial depends on that data.
   *
   * @param done - Called with false when the write was refused; the attempt is then being aborted already.
   * @returns a promise that settles after `done`.
   */
  record(write: (key: AttemptKey) => Promise<unknown>, done: (taken: boolean) => void): Promise<void>;
  /** Writes the end, after everything that was recorded before this call. Nothing may be recorded after it. */
  end(write: (key: AttemptKey) => Promise<void>): Promise<void>;
}

/** @param started - Called once the start of the attempt is recorded, before anything else is recorded. */
export function recorder(
  attempts: Pick<RunningAttempts, "abort">,
  attempt: Attempt,
  started: (key: AttemptKey) => void,
): Recorder {
  let last = attempt.key.then(started);
  last.catch(() => {}); // `end` rejects with the same error

  async function isTaken(write: (key: AttemptKey) => Promise<unknown>): Promise<boolean> {
    try {
      await write(await attempt.key);
      return true;
    } catch (error) {
      if (!isRefused(error)) throw error;
      attempt.refused ??= refusalOf(error);
      attempts.abort(attempt.number);
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
