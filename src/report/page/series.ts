import { type Column, headOf, makeRoom, newColumn } from "./column.ts";
import { writeFrame } from "./frame.ts";
import type { ColumnHead } from "./page.ts";

/** Rows that are appended, as columns, to be sent as a frame. */
export interface Series {
  readonly rows: number;
  /** The columns by their names. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Appends a row: a cell for each column. null: the number is not known. */
  push(...cells: readonly (number | null)[]): void;
  /** Drops the rows from one on. */
  cut(rows: number): void;
  /** All rows. @param version - The state of the trials that they are about; 0 where that means nothing. */
  frame(version: number): Uint8Array<ArrayBuffer>;
}

/** An empty series. In a column of whole numbers -1 stands for one that is not known. */
export function newSeries(heads: readonly ColumnHead[]): Series {
  const columns = heads.map(newColumn);
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    columns: new Map(columns.map((column) => [column.name, column])),
    push(...cells) {
      columns.forEach((column, i) => {
        makeRoom(column, rows + 1);
        column.cells[rows] = cells[i] ?? (column.type === "f8" || column.type === "f4" ? Number.NaN : -1);
      });
      rows++;
    },
    cut(to) {
      rows = Math.min(rows, to);
    },
    frame: (version) =>
      writeFrame(
        { version, rows, whole: true, columns: columns.map(headOf) },
        columns.map(({ cells }) => cells.subarray(0, rows)),
      ),
  };
}
