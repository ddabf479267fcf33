import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { api } from "../data/api.ts";
import { lineOf, statusOf } from "./fault.ts";
import { type Mask, maskOfBits } from "./mask.ts";

/** Which trials of a study a text selects. */
export interface TrialFilter {
  /** The text, in the words of `query --where`; empty: all trials. */
  readonly where: Signal<string>;
  /** What is wrong with the text; null if nothing is. */
  readonly error: ReadonlySignal<string | null>;
  /** The selected rows; null: all. While a new text is being asked for, and if it is wrong, those of the last. */
  readonly matches: ReadonlySignal<Mask | null>;
  /** Asks which rows the text selects, unless that is known. @param version - The state of the trials. */
  ask(version: number): Promise<void>;
  /** Whether the text has changed since it was last asked for. */
  isWaiting(): boolean;
}

/** A filter that selects all trials of a study. */
export function trialFilter(study: string, source: Pick<typeof api, "matches">): TrialFilter {
  const where = signal("");
  const error = signal<string | null>(null);
  const matches = signal<Mask | null>(null);
  /** What was asked for last; null: nothing that was answered. */
  let asked: { readonly where: string; readonly version: number } | null = { where: "", version: -1 };

  function set(mask: Mask | null, line: string | null): void {
    batch(() => {
      matches.value = mask;
      error.value = line;
    });
  }

  return {
    ...{ where, error, matches },
    isWaiting: () => asked?.where !== where.peek().trim(),
    async ask(version) {
      const text = where.peek().trim();
      if (text === asked?.where && (text === "" || version === asked.version)) return;
      asked = { where: text, version };
      if (text === "") {
        set(null, null);
        return;
      }
      try {
        const frame = await source.matches(study, text);
        if (where.peek().trim() !== text) return;
        set(maskOfBits(frame.columns.get("matches")!.cells, frame.head.rows), null);
      } catch (fault) {
        if (statusOf(fault) !== 400) {
          asked = null;
          throw fault;
        }
        set(matches.peek(), lineOf(fault));
      }
    },
  };
}
