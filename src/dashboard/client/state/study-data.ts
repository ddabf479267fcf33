import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type {
  Analyses,
  AnalysisJson,
  AnalysisName,
  LiveJson,
  StudyHeadJson,
} from "../../../report/page/page.ts";
import type { api } from "../data/api.ts";
import type { Cells } from "../data/frame.ts";
import { analysesOf } from "./analyses.ts";
import { columnStore } from "./column-store.ts";
import { lineOf } from "./fault.ts";
import { inBoth, type Mask } from "./mask.ts";
import { trialFilter } from "./trial-filter.ts";

/**
 * A study as the views and plots of the page see it. Rows are those of the columns, in the order of the trials' numbers; the
 * column `number` tells which trial a row is. All columns have the same number of rows at any time.
 */
export interface StudyData {
  readonly name: string;
  /** undefined until it has been read. */
  readonly head: ReadonlySignal<StudyHeadJson | undefined>;
  /** The state of the trials that the columns show; 0 before the first. */
  readonly version: ReadonlySignal<number>;
  readonly rows: ReadonlySignal<number>;
  /** The cells of a column, read when it is first asked for and kept up to date; undefined until they are there. */
  column(name: string): ReadonlySignal<Cells | undefined>;
  /** The words of a column of words, once it is there. */
  words(name: string): readonly string[];
  /** The filter, in the words of `query --where`; empty: all trials. */
  readonly where: Signal<string>;
  /** What is wrong with the filter; null if nothing is. */
  readonly whereError: ReadonlySignal<string | null>;
  /** The rows that the filter selects; null: all. While a new filter is being asked for, and if it is wrong, those of the last. */
  readonly matches: ReadonlySignal<Mask | null>;
  /** The rows that a brush selects; null: all. Plots write it. */
  readonly selection: Signal<Mask | null>;
  /** The rows that both select; null: all. Otherwise it has as many rows as the columns. */
  readonly visible: ReadonlySignal<Mask | null>;
  readonly live: ReadonlySignal<LiveJson | undefined>;
  /** An analysis, asked for when it is first looked at, and again when the server has a newer one. */
  analysis<Name extends AnalysisName>(name: Name): ReadonlySignal<AnalysisJson<Analyses[Name]> | undefined>;
  /** Why the study cannot be read at the moment; null if it can. */
  readonly error: ReadonlySignal<string | null>;
}

/** What a study's data are read from. */
export type StudySource = Pick<typeof api, "head" | "columns" | "matches" | "analysis" | "live">;

/** A study's data, and how the page tells them what it hears. */
export interface OpenStudy {
  readonly data: StudyData;
  /** Trials have changed. @param version - @default unknown: what is there is read again. */
  changed(version?: number): void;
  tookLive(live: LiveJson): void;
  /** The server has a newer analysis. */
  analysed(name: AnalysisName): void;
  close(): void;
}

/** The longest list of names in one request, because addresses have a limit. */
const NAMES_LENGTH = 4_000;
/** The columns of splits come last: the server reads them when they are first asked for, which takes longer than all else. */
const SPLITS = /^split(s$|\.)/;
/** The shortest time between two looks at a study that changes. */
const PAUSE_MS = 250;

/** Opens a study: reads its head, and whatever is asked of its data. */
export function openStudy(name: string, source: StudySource): OpenStudy {
  const store = columnStore();
  const head = signal<StudyHeadJson | undefined>(undefined);
  const version = signal(0);
  const rows = signal(0);
  const error = signal<string | null>(null);
  const filter = trialFilter(name, source);
  const selection = signal<Mask | null>(null);
  const live = signal<LiveJson | undefined>(undefined);
  const columns = new Map<string, Signal<Cells | undefined>>();
  const analyses = analysesOf(name, source);
  let newest = 0;
  let isStale = true;
  let isClosed = false;

  function publish(): void {
    batch(() => {
      rows.value = store.rows();
      version.value = store.version() ?? 0;
      for (const [each, cells] of columns) cells.value = store.cells(each);
    });
  }

  async function readHead(): Promise<void> {
    isStale = false;
    head.value = await source.head(name);
    newest = Math.max(newest, head.value.version);
  }

  /** Reads columns that are not there yet, or what has changed in those that are. */
  async function readColumns(names: readonly string[], since?: number): Promise<void> {
    for (const part of inParts(names)) {
      const frame = await source.columns(name, part, since);
      newest = Math.max(newest, frame.head.version);
      if (!store.take(frame)) break;
    }
    publish();
  }

  function missing(): string[] {
    const exist = new Set(head.value?.columns.map((column) => column.name));
    const have = new Set(store.names());
    return [...columns.keys()].filter((each) => exist.has(each) && !have.has(each));
  }

  /** One look at the study; true if there is more to look at. */
  async function look(): Promise<boolean> {
    if (isStale || !head.peek()) await readHead();
    const absent = missing();
    for (const names of [
      absent.filter((each) => !SPLITS.test(each)),
      absent.filter((each) => SPLITS.test(each)),
    ])
      if (names.length > 0) await readColumns(names);
    const known = store.version();
    if (known !== undefined && known < newest) await readColumns(store.names(), known);
    await filter.ask(newest);
    const isBehind = (store.version() ?? newest) < newest;
    return isStale || isBehind || missing().length > 0 || filter.isWaiting();
  }

  const pump = once(async () => {
    if (isClosed) return false;
    try {
      const more = await look();
      error.value = null;
      return more;
    } catch (fault) {
      error.value = lineOf(fault);
      return false;
    }
  });

  const stopFilter = filter.where.subscribe(() => pump());
  source.live(name).then(
    (now) => {
      live.value ??= now;
    },
    () => {},
  );

  const data: StudyData = {
    name,
    ...{ head, version, rows, selection, live, error },
    ...{ where: filter.where, whereError: filter.error, matches: filter.matches },
    visible: computed(() => inBoth(filter.matches.value, selection.value, rows.value)),
    column(wanted) {
      const known = columns.get(wanted);
      if (known) return known;
      const cells = signal(store.cells(wanted));
      columns.set(wanted, cells);
      // Trials are found by their numbers when a change comes.
      if (wanted !== "number" && !columns.has("number")) data.column("number");
      queueMicrotask(pump);
      return cells;
    },
    words: (wanted) => store.words(wanted),
    analysis: analyses.analysis,
  };
  return {
    data,
    changed(now) {
      newest = Math.max(newest, now ?? 0);
      isStale = true;
      pump();
    },
    tookLive(now) {
      live.value = now;
    },
    analysed: analyses.again,
    close() {
      isClosed = true;
      stopFilter();
      analyses.close();
    },
  };
}

/** Calls a task one at a time: a call during another one lets it go again after that. */
function once(task: () => Promise<boolean>): () => void {
  let isBusy = false;
  let again = false;
  return async function go(): Promise<void> {
    again = true;
    if (isBusy) return;
    isBusy = true;
    while (again) {
      again = false;
      again = (await task()) || again;
      if (again) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    isBusy = false;
  };
}

/** Names in parts that fit into an address, each with `number`. */
function inParts(names: readonly string[]): string[][] {
  const parts: string[][] = [["number"]];
  let length = 0;
  for (const name of names.filter((each) => each !== "number")) {
    length += encodeURIComponent(name).length + 3;
    if (length > NAMES_LENGTH) {
      parts.push(["number"]);
      length = 0;
    }
    parts.at(-1)!.push(name);
  }
  return parts;
}
