import type { Cells } from "./frame.ts";
import type { CellType, ColumnHead } from "./page.ts";

/** A column in memory that grows with its rows. */
export interface Column {
  readonly name: string;
  readonly type: CellType;
  /** The texts for which its cells stand; it may grow. Absent: the cells are numbers. */
  readonly words?: readonly string[];
  /** All cells, some of them beyond the last row. It is replaced when the column grows. */
  cells: Cells;
}

const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array } as const;

/** The cell of a column of words that holds none of them. */
export const NO_WORD: Readonly<Record<CellType, number>> = {
  u1: 255,
  i4: -1,
  f4: Number.NaN,
  f8: Number.NaN,
};

/** The smallest type that can hold the indices of so many words, and the sign for none. */
export function wordType(count: number): CellType {
  return count <= 255 ? "u1" : "i4";
}

/** An empty column. */
export function newColumn({ name, type, words }: ColumnHead): Column {
  return { name, type, ...(words && { words }), cells: new ARRAYS[type](0) };
}

/** Makes room for more rows, with as much again in reserve, so that a column seldom moves. */
export function makeRoom(column: Column, rows: number): void {
  if (rows <= column.cells.length) return;
  const cells = new ARRAYS[column.type](Math.max(rows, 256, Math.ceil(column.cells.length * 1.5)));
  cells.set(column.cells);
  column.cells = cells;
}

/** The head of a column, as a frame has it. */
export function headOf({ name, type, words }: Column): ColumnHead {
  return { name, type, ...(words && { words: [...words] }) };
}

/** The cells of some rows, in their order. */
export function cellsAt(column: Column, rows: ArrayLike<number>): Cells {
  const cells = new ARRAYS[column.type](rows.length);
  for (let i = 0; i < rows.length; i++) cells[i] = column.cells[rows[i]!]!;
  return cells;
}
