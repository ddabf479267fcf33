import { TRIAL_STATES, type TrialState } from "../../core/trial.ts";
import type { FieldCell } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Column, cellsAt, headOf, makeRoom, newColumn } from "./column.ts";
import { columnHeads } from "./column-heads.ts";
import { type Put, writersOf } from "./column-writers.ts";
import { writeFrame } from "./frame.ts";
import type { FrameHead } from "./page.ts";

/** The first values of a trial's splits, by the numbers of the splits. */
export type SplitValues = ReadonlyMap<number, number>;

/** The trials of a study as columns in memory, each row with the version in which it changed last. */
export interface StudyColumns {
  readonly study: StudyRow;
  /** The columns by their names, in the order in which they travel. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Rows, by ascending number of the trials. */
  readonly rows: number;
  /** The state of the trials; it grows with every change, also when the program that holds it starts again. */
  readonly version: number;
  /**
   * The names of columns that do not have all that the database has: a value that is no longer of the space, or one of too
   * many words.
   */
  readonly inexact: ReadonlySet<string>;
  /** The memory of all cells. */
  readonly bytes: number;
  /** How many rows have each state. */
  counts(): Record<TrialState, number>;
  /** The numbers of the trials in some states. */
  numbersIn(states: readonly TrialState[]): number[];
  /** The row of a trial's number; -1 if there is none. */
  rowOf(number: number): number;
  /**
   * Writes the cells of a trial.
   *
   * @param cells - In the order of `trialFields`.
   * @param splits - The first values of its splits, by the numbers of the splits; null: nobody has asked for them yet.
   */
  write(cells: readonly FieldCell[], splits: SplitValues | null): void;
  /** Whether splits are written along with the other cells: from the moment on in which they are first asked for. */
  readonly wantsSplits: boolean;
  /** Whether the splits of all trials are there. */
  readonly hasSplits: boolean;
  /** Begins to read the splits of trials that are there already. */
  beginSplits(): void;
  /** Writes the splits of such a trial, unless it has changed after a version, and so has newer ones. */
  fillSplits(number: number, splits: SplitValues, since: number): void;
  endSplits(): void;
  /** Ends a group of writes: what has changed has a version of its own. @returns whether anything has. */
  commit(): boolean;
  /** The lowest number of a trial that has changed after a version; null if none has. */
  lowestChange(since: number): number | null;
  /** A frame of columns: all rows, or those that have changed after a version. */
  frame(names: readonly string[], since: number | null): Uint8Array<ArrayBuffer>;
}

/** Those of a trial that has finished none. */
const NO_SPLITS: SplitValues = new Map();

/** Empty columns for the trials of a study. */
export function newStudyColumns(study: StudyRow): StudyColumns {
  const proposers: string[] = [];
  const columns = columnHeads(study).map((head) =>
    newColumn(head.name === "proposer" ? { ...head, words: proposers } : head),
  );
  // The words of this column grow, so it has the list itself.
  const byName = new Map(columns.map((column) => [column.name, column]));
  const changed = newColumn({ name: "changed", type: "f8" });
  let differs = false;
  const put: Put = (column, row, value) => {
    const before = column.cells[row];
    column.cells[row] = value;
    if (!Object.is(before, column.cells[row])) differs = true;
  };
  const inexact = new Set<string>();
  const writers = writersOf(study, { columns: byName, proposers, put, inexact });
  const number = byName.get("number")!;
  const state = byName.get("state")!;
  const splitCounts = byName.get("splits")!;
  const splitColumns = Array.from({ length: study.splitCount }, (_, split) => byName.get(`split.${split}`)!);
  let rows = 0;
  let version = Date.now();
  let isWritten = false;
  let [wantsSplits, hasSplits] = [false, false];
  /** Frames about an older version are whole, because rows have moved since. */
  let movedAt = version;

  const rowOf = (wanted: number): number => findRow(number, rows, wanted);

  function putSplits(row: number, splits: SplitValues): void {
    put(splitCounts, row, splits.size);
    splitColumns.forEach((column, split) => {
      put(column, row, splits.get(split) ?? Number.NaN);
    });
  }

  /** The row for a number; a new one is put where the order of the numbers wants it. */
  function rowFor(wanted: number): number {
    const found = rowOf(wanted);
    if (found >= 0) return found;
    for (const column of [...columns, changed]) makeRoom(column, rows + 1);
    let at = rows++;
    while (at > 0 && number.cells[at - 1]! > wanted) at--;
    if (at < rows - 1) {
      for (const column of [...columns, changed]) column.cells.copyWithin(at + 1, at, rows - 1);
      movedAt = version + 1;
    }
    return at;
  }

  return {
    study,
    columns: byName,
    inexact,
    get rows() {
      return rows;
    },
    get version() {
      return version;
    },
    get bytes() {
      return columns.reduce((sum, { cells }) => sum + cells.byteLength, changed.cells.byteLength);
    },
    counts: () => countStates(state, rows),
    numbersIn(states) {
      const isWanted = TRIAL_STATES.map((name) => states.includes(name));
      const found: number[] = [];
      for (let row = 0; row < rows; row++) if (isWanted[state.cells[row]!]) found.push(number.cells[row]!);
      return found;
    },
    rowOf,
    write(cells, splits) {
      const before = rows;
      const row = rowFor(Number(cells[0]));
      differs = rows > before;
      for (let i = 0; i < writers.length; i++) writers[i]!(row, cells[i]!);
      if (splits || rows > before) putSplits(row, splits ?? NO_SPLITS);
      if (!differs) return;
      changed.cells[row] = version + 1;
      isWritten = true;
    },
    get wantsSplits() {
      return wantsSplits;
    },
    get hasSplits() {
      return hasSplits;
    },
    beginSplits() {
      wantsSplits = true;
    },
    fillSplits(wanted, splits, since) {
      const row = rowOf(wanted);
      if (row >= 0 && changed.cells[row]! <= since) putSplits(row, splits);
    },
    endSplits() {
      hasSplits = true;
    },
    commit() {
      const was = isWritten;
      if (isWritten) version++;
      isWritten = false;
      return was;
    },
    lowestChange(since) {
      if (since < movedAt) return 0;
      for (let row = 0; row < rows; row++) if (changed.cells[row]! > since) return number.cells[row]!;
      return null;
    },
    frame(names, since) {
      const whole = since === null || since < movedAt || since > version;
      return frameOf(byName, { version, rows, names, some: whole ? null : rowsSince(changed, rows, since) });
    },
  };
}

/** A frame of all rows, or of some. */
function frameOf(
  columns: ReadonlyMap<string, Column>,
  {
    version,
    rows,
    names,
    some,
  }: {
    readonly version: number;
    readonly rows: number;
    readonly names: readonly string[];
    readonly some: readonly number[] | null;
  },
): Uint8Array<ArrayBuffer> {
  const wanted = some ? ["number", ...names.filter((name) => name !== "number")] : names;
  const chosen = wanted.map((name) => columns.get(name)!);
  const head: FrameHead = {
    ...{ version, rows: some?.length ?? rows, whole: some === null },
    columns: chosen.map(headOf),
  };
  return writeFrame(
    head,
    chosen.map((column) => (some ? cellsAt(column, some) : column.cells.subarray(0, rows))),
  );
}

function countStates({ cells }: Column, rows: number): Record<TrialState, number> {
  const counts = TRIAL_STATES.map(() => 0);
  for (let row = 0; row < rows; row++) counts[cells[row]!]!++;
  return Object.fromEntries(TRIAL_STATES.map((name, i) => [name, counts[i]!])) as Record<TrialState, number>;
}

/** The row of a number; -1 if there is none. */
function findRow({ cells }: Column, rows: number, wanted: number): number {
  if (cells[wanted] === wanted && wanted < rows) return wanted; // as a rule no number is missing
  let [low, high] = [0, rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < rows && cells[low] === wanted ? low : -1;
}

function rowsSince({ cells }: Column, rows: number, version: number): number[] {
  const found: number[] = [];
  for (let row = 0; row < rows; row++) if (cells[row]! > version) found.push(row);
  return found;
}
