import type { Cells, Frame } from "../data/frame.ts";

/**
 * The columns of a study's trials, as far as the page has them. All have the same number of rows; a row of which a column
 * knows nothing yet is absent in it (NaN, or no word).
 */
export interface ColumnStore {
  rows(): number;
  /** The names of the columns that are there. */
  names(): readonly string[];
  /** The oldest state of the trials that a column has; undefined without columns. */
  version(): number | undefined;
  /** A new view after each change; undefined until the column is there. */
  cells(name: string): Cells | undefined;
  /** The words of a column of words; empty for others. */
  words(name: string): readonly string[];
  /** Takes a frame in. @returns false if it does not follow from what is there: all has been forgotten, and must be read again. */
  take(frame: Frame): boolean;
  clear(): void;
}

interface Column {
  /** The cells and room for more. */
  room: Cells;
  view: Cells;
  version: number;
  words: readonly string[];
}

/** A store without columns. */
export function columnStore(): ColumnStore {
  const columns = new Map<string, Column>();
  let rows = 0;

  function clear(): void {
    columns.clear();
    rows = 0;
  }

  /** Gives every column the same number of rows. */
  function growTo(count: number): void {
    rows = count;
    for (const column of columns.values()) {
      const known = column.view.length;
      if (known === rows) continue;
      if (column.room.length < rows) column.room = withRoom(column.room, known, Math.ceil(rows * 1.25) + 64);
      column.room.fill(absentIn(column.room), known, rows);
      column.view = column.room.subarray(0, rows);
    }
  }

  function takeWhole({ head, columns: cells }: Frame): boolean {
    const isShorter = head.rows < rows;
    if (isShorter) clear();
    for (const [name, { head: own, cells: room }] of cells)
      columns.set(name, { room, view: room, version: head.version, words: own.words ?? [] });
    growTo(head.rows);
    return !isShorter;
  }

  function takeChanges({ head, columns: cells }: Frame): boolean {
    const numbers = cells.get("number")?.cells;
    const own = columns.get("number");
    if (!numbers || !own) return false;
    const places = new Int32Array(head.rows);
    let count = rows;
    let last = rows === 0 ? -1 : own.view[rows - 1]!;
    for (let i = 0; i < places.length; i++) {
      const number = numbers[i]!;
      if (number > last) {
        places[i] = count++;
        last = number;
      } else {
        const row = rowOf(own.view, number);
        if (row < 0) return false;
        places[i] = row;
      }
    }
    growTo(count);
    for (const [name, { head: column, cells: changed }] of cells) {
      const into = columns.get(name);
      if (!into) continue;
      for (let i = 0; i < places.length; i++) into.view[places[i]!] = changed[i]!;
      into.view = into.room.subarray(0, rows);
      into.version = head.version;
      into.words = column.words ?? into.words;
    }
    return true;
  }

  return {
    rows: () => rows,
    names: () => [...columns.keys()],
    version: () =>
      columns.size === 0 ? undefined : Math.min(...[...columns.values()].map((c) => c.version)),
    cells: (name) => columns.get(name)?.view,
    words: (name) => columns.get(name)?.words ?? [],
    take(frame) {
      const follows = frame.head.whole ? takeWhole(frame) : takeChanges(frame);
      if (!follows && !frame.head.whole) clear();
      return follows;
    },
    clear,
  };
}

/** The row of a trial among ascending numbers; -1 if it is not there. */
export function rowOf(numbers: ArrayLike<number>, number: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = numbers[middle]!;
    if (found === number) return middle;
    if (found < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function withRoom(cells: Cells, known: number, length: number): Cells {
  const room = new (cells.constructor as new (count: number) => Cells)(length);
  room.set(cells.subarray(0, known));
  return room;
}

/** What stands in a cell of which nothing is known. */
function absentIn(cells: Cells): number {
  if (cells instanceof Uint8Array) return 255;
  return cells instanceof Int32Array ? -1 : Number.NaN;
}
