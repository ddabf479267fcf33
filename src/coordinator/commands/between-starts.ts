import { BelayError } from "../../core/error.ts";
import type { RunControl } from "../control.ts";

/**
 * Work that changes which trials there are. It is done by the loop itself, between the start of one trial and the next, when
 * every start is recorded: so no number is given twice, and no sampler sees half of a change.
 */
export interface BetweenStarts {
  /** Has the loop do the work, and resolves with its result. Rejects when the run ends before. */
  ask<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Does what was asked for.
   *
   * @param ready - Called before, if there is anything.
   * @returns whether there was.
   */
  run(ready: () => Promise<unknown>): Promise<boolean>;
  /** Refuses what the loop does not get to any more. */
  close(): void;
}

export function betweenStarts(control: Pick<RunControl, "wake">, study: string): BetweenStarts {
  let asked: { readonly run: () => Promise<void>; readonly refuse: () => void }[] = [];
  let isClosed = false;
  return {
    ask: (work) =>
      new Promise((resolve, reject) => {
        const refuse = (): void =>
          reject(new BelayError("usage", `${study} has just ended: resume goes on with it`));
        if (isClosed) return refuse();
        asked.push({ refuse, run: () => work().then(resolve, reject) });
        control.wake();
      }),
    async run(ready) {
      if (asked.length === 0) return false;
      await ready();
      const now = asked;
      asked = [];
      for (const each of now) await each.run();
      return true;
    },
    close() {
      isClosed = true;
      for (const { refuse } of asked) refuse();
      asked = [];
    },
  };
}
