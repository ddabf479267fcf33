import { REASONS, TRIAL_STATES, type TrialState } from "../../core/trial.ts";
import type { Field, FieldCell } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Column, cellsAt, headOf, makeRoom, NO_WORD, newColumn, wordType } from "./column.ts";
import { writeFrame } from "./frame.ts";
import type { ColumnHead, FrameHead } from "./page.ts";

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
   * @param splits - The first values of its splits, by the numbers of the splits.
   */
  write(cells: readonly FieldCell[], splits: ReadonlyMap<number, number>): void;
  /** Ends a group of writes: what has changed has a version of its own. @returns whether anything has. */
  commit(): boolean;
  /** The lowest number of a trial that has changed after a version; null if none has. */
  lowestChange(since: number): number | null;
  /** A frame of columns: all rows, or those that have changed after a version. */
  frame(names: readonly string[], since: number | null): Uint8Array<ArrayBuffer>;
}

/** The fields that a row is made of, in the order in which `write` takes them. */
export function trialFields({ directions, space }: StudyRow): Field[] {
  return [
    ...(["number", "state", "reason", "proposer", "estimate", "violation", "attempts"] as const).map(
      (name): Field => ({ name }),
    ),
    ...(["startedAtMs", "finishedAtMs", "durationMs", "splitCount"] as const).map(
      (name): Field => ({ name }),
    ),
    ...(["memory.baselineBytes", "memory.peakBytes", "memory.rssBytes"] as const).map(
      (name): Field => ({ name }),
    ),
    ...directions.map((_, index): Field => ({ name: "values", index })),
    ...space.params.map(({ name }): Field => ({ name: "params", key: name })),
  ];
}

const FIXED = [
  "number",
  "state",
  "reason",
  "proposer",
  "estimate",
  "violation",
  "attempts",
  "startedAtMs",
  "finishedAtMs",
  "durationMs",
  "splits",
  "baselineBytes",
  "peakBytes",
  "finalBytes",
] as const;

/** The heads of a study's columns in the order in which they travel; the words of `proposer` are those seen so far. */
export function columnHeads(study: StudyRow, proposers: readonly string[] = []): ColumnHead[] {
  const numbers = FIXED.slice(4).map(
    (name): ColumnHead => ({ name, type: name === "attempts" || name === "splits" ? "i4" : "f8" }),
  );
  return [
    { name: "number", type: "i4" },
    { name: "state", type: "u1", words: TRIAL_STATES },
    { name: "reason", type: "u1", words: REASONS },
    { name: "proposer", type: "u1", words: proposers },
    ...numbers,
    ...study.directions.map((_, k): ColumnHead => ({ name: `value.${k}`, type: "f8" })),
    ...study.space.params.map(({ name, distribution }): ColumnHead => {
      if (distribution.kind !== "categorical") return { name: `param.${name}`, type: "f8" };
      const words = distribution.choices.map((choice) => JSON.stringify(choice));
      return { name: `param.${name}`, type: wordType(words.length), words };
    }),
    { name: "invalid", type: "u1" },
    ...Array.from(
      { length: study.splitCount },
      (_, split): ColumnHead => ({
        name: `split.${split}`,
        type: "f4",
      }),
    ),
  ];
}

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
  const splitColumns = Array.from({ length: study.splitCount }, (_, split) => byName.get(`split.${split}`)!);
  let rows = 0;
  let version = Date.now();
  let isWritten = false;
  /** Frames about an older version are whole, because rows have moved since. */
  let movedAt = version;

  function rowOf(wanted: number): number {
    if (number.cells[wanted] === wanted && wanted < rows) return wanted; // as a rule no number is missing
    let [low, high] = [0, rows];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (number.cells[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low < rows && number.cells[low] === wanted ? low : -1;
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
    counts() {
      const counts = TRIAL_STATES.map(() => 0);
      for (let row = 0; row < rows; row++) counts[state.cells[row]!]!++;
      return Object.fromEntries(TRIAL_STATES.map((name, i) => [name, counts[i]!])) as Record<
        TrialState,
        number
      >;
    },
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
      splitColumns.forEach((column, split) => {
        put(column, row, splits.get(split) ?? Number.NaN);
      });
      if (!differs) return;
      changed.cells[row] = version + 1;
      isWritten = true;
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
      const wanted = whole ? names : ["number", ...names.filter((name) => name !== "number")];
      const chosen = wanted.map((name) => byName.get(name)!);
      const some = whole ? null : rowsSince(changed, rows, since);
      const head: FrameHead = {
        ...{ version, rows: some?.length ?? rows, whole },
        columns: chosen.map(headOf),
      };
      return writeFrame(
        head,
        chosen.map((column) => (some ? cellsAt(column, some) : column.cells.subarray(0, rows))),
      );
    },
  };
}

function rowsSince({ cells }: Column, rows: number, version: number): number[] {
  const found: number[] = [];
  for (let row = 0; row < rows; row++) if (cells[row]! > version) found.push(row);
  return found;
}

type Writer = (row: number, cell: FieldCell) => void;
/** Sets a cell. */
type Put = (column: Column, row: number, value: number) => void;

/** What writers need. */
interface Target {
  readonly columns: ReadonlyMap<string, Column>;
  readonly proposers: string[];
  readonly put: Put;
  readonly inexact: Set<string>;
}

/** What writes each cell of a row, in the order of `trialFields`. */
function writersOf({ directions, space }: StudyRow, { columns, proposers, put, inexact }: Target): Writer[] {
  const column = (name: string): Column => columns.get(name)!;
  const numeric = (name: string): Writer => {
    const target = column(name);
    return (row, cell) => {
      if (typeof cell === "string") inexact.add(name);
      put(target, row, typeof cell === "number" ? cell : Number.NaN);
    };
  };
  const ofWords = (name: string, words: readonly FieldCell[]): Writer => {
    const target = column(name);
    const indexOf = new Map(words.map((word, i) => [word, i]));
    return (row, cell) => {
      const index = indexOf.get(cell);
      if (index === undefined && cell !== null) inexact.add(name);
      put(target, row, index ?? NO_WORD[target.type]);
    };
  };
  /** Texts of which nobody knows how many there are: further ones than 255 are not told apart. */
  const ofGrowingWords = (name: string, words: string[]): Writer => {
    const target = column(name);
    const indexOf = new Map<FieldCell, number>();
    return (row, cell) => {
      if (typeof cell === "string" && !indexOf.has(cell) && words.length < 255)
        indexOf.set(cell, words.push(cell) - 1);
      if (cell !== null && !indexOf.has(cell)) inexact.add(name);
      put(target, row, indexOf.get(cell) ?? NO_WORD.u1);
    };
  };
  const fixed = FIXED.map((name): Writer => {
    if (name === "state") return ofWords(name, TRIAL_STATES);
    if (name === "reason") return ofWords(name, REASONS);
    return name === "proposer" ? ofGrowingWords(name, proposers) : numeric(name);
  });
  const params = space.params.map(({ name, distribution, when }): Writer => {
    if (distribution.kind !== "categorical") return numeric(`param.${name}`);
    const { choices } = distribution;
    const cells = choices.map((choice) => (typeof choice === "boolean" ? Number(choice) : choice));
    const write = ofWords(`param.${name}`, cells);
    if (!choices.includes(null)) return write;
    // A param without a value may have the choice null; if it is inactive, it has none. Parents are written before.
    const parents = when.map(({ parent, values }) => ({
      cells: column(`param.${space.params[parent]!.name}`),
      values,
    }));
    const target = column(`param.${name}`);
    return (row, cell) => {
      const isActive = parents.every((parent) => parent.values.includes(parent.cells.cells[row]!));
      if (cell === null && !isActive) put(target, row, NO_WORD[target.type]);
      else write(row, cell);
    };
  });
  return [...fixed, ...directions.map((_, k) => numeric(`value.${k}`)), ...params];
}
