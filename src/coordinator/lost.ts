import type { WaitingTrial } from "../store/records.ts";
import type { Attempt } from "./running-attempts.ts";
import type { RunningStudy } from "./study.ts";

/**
 * The trials whose machines are gone: they start again in this run, before anything else, after the splits that are
 * recorded.
 *
 * @param waiting - The waiting trials of the run. It is changed in place.
 */
export function lostTrials({ owned }: Pick<RunningStudy, "owned">, waiting: WaitingTrial[]) {
  const ending = new Set<Attempt>(); // their ends are being recorded
  const numbers = new Set<number>();
  return {
    /** How many trials are lost and not in the queue yet. No other trial may take their places among those of the study. */
    get count() {
      return ending.size + numbers.size;
    },
    /** Looks at an attempt that has ended; `recorded` settles when its end is recorded. */
    async note(attempt: Attempt, recorded: Promise<void>): Promise<void> {
      if (!attempt.goesOn) return recorded;
      ending.add(attempt);
      try {
        await recorded;
        if (attempt.goesOn) numbers.add(attempt.number); // it may have been its last attempt
      } finally {
        ending.delete(attempt);
      }
    },
    /** Puts lost trials into the queue once their ends are recorded. @returns whether there were any. */
    async requeue(): Promise<boolean> {
      if (numbers.size === 0) return false;
      const taken = new Set(numbers);
      const all = await owned.reads.waiting(); // one read for all: a machine takes many trials along
      waiting.unshift(...all.filter(({ number }) => taken.has(number)));
      for (const number of taken) numbers.delete(number);
      return true;
    },
  };
}
