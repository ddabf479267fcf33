import { type Signal, signal } from "@preact/signals";
import type { TrialsJson } from "../../../../report/page/page.ts";
import type { TrialJson } from "../../../../report/trial.ts";
import type { TrialsQuery } from "../../data/api.ts";
import { lineOf } from "../../state/fault.ts";
import { pagesOf, type RowWindow } from "../../state/virtual-rows.ts";

/** So many rows come at a time. */
export const PAGE_ROWS = 100;

/** Which trials the table shows, in which order. */
export interface RowsWanted {
  readonly where: string;
  readonly sort: readonly string[];
  /** The numbers of the trials in their order, where the page knows them by itself; null: the server does. */
  readonly numbers: ArrayLike<number> | null;
}

/** The rows of a long table, of which only those that are looked at are read. */
export interface Rows {
  /** How many there are; null before anybody knows. */
  readonly count: Signal<number | null>;
  /** Grows when rows have come: who has read `at` reads again. */
  readonly changes: Signal<number>;
  readonly error: Signal<string | null>;
  /** undefined: it is on its way. */
  at(index: number): TrialJson | undefined;
  /** Shows other trials, or the same anew: what is there stays until the new is there. */
  want(wanted: RowsWanted): void;
  /** The trials may have changed. */
  refresh(): void;
  look(window: RowWindow): void;
}

/** The rows of a study's trials. @param read - Reads a part of them. */
export function trialRows(read: (query: TrialsQuery) => Promise<TrialsJson>): Rows {
  const pages = new Map<number, readonly TrialJson[]>();
  const count = signal<number | null>(null);
  const changes = signal(0);
  const error = signal<string | null>(null);
  const fresh = new Set<number>();
  const underWay = new Set<number>();
  let wanted: RowsWanted = { where: "", sort: [], numbers: null };
  let generation = 0;
  let last: RowWindow = { from: 0, to: 1 };

  async function readPage(index: number): Promise<void> {
    const own = generation;
    underWay.add(index);
    try {
      const { trials, count: found } = await pageOf(index);
      if (own !== generation) return;
      count.value = found;
      pages.set(index, trials);
      fresh.add(index);
      error.value = null;
    } catch (fault) {
      if (own === generation) error.value = lineOf(fault);
    }
    if (own === generation) {
      underWay.delete(index);
      changes.value++;
    }
  }

  async function pageOf(index: number): Promise<Pick<TrialsJson, "trials" | "count">> {
    const { where, sort, numbers } = wanted;
    const offset = index * PAGE_ROWS;
    if (!numbers) return read({ where, sort, offset, limit: PAGE_ROWS });
    const own = Array.from(
      { length: Math.min(PAGE_ROWS, numbers.length - offset) },
      (_, i) => numbers[offset + i]!,
    );
    if (own.length === 0) return { trials: [], count: numbers.length };
    const { trials } = await read({
      where: `number in (${own.join(", ")})`,
      sort: [],
      offset: 0,
      limit: PAGE_ROWS,
    });
    const byNumber = new Map(trials.map((trial) => [trial.number, trial]));
    return { trials: own.flatMap((number) => byNumber.get(number) ?? []), count: numbers.length };
  }

  function look(window: RowWindow): void {
    last = window;
    const from = Math.max(0, window.from);
    const known = wanted.numbers?.length ?? count.peek();
    const to = Math.max(from + 1, known === null ? window.to : Math.min(window.to, known));
    for (const index of pagesOf({ from, to }, PAGE_ROWS))
      if (!fresh.has(index) && !underWay.has(index)) void readPage(index);
  }

  function refresh(): void {
    generation++;
    fresh.clear();
    underWay.clear();
    look(last);
  }

  return {
    ...{ count, changes, error, look, refresh },
    at: (index) => pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    want(next) {
      wanted = next;
      if (next.numbers) count.value = next.numbers.length;
      // Rows far from those that are looked at would be those of the former order.
      const [first, end] = [Math.floor(last.from / PAGE_ROWS), Math.ceil(last.to / PAGE_ROWS)];
      for (const index of pages.keys()) if (index < first || index >= end) pages.delete(index);
      refresh();
    },
  };
}
