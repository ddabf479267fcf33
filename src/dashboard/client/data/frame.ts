import type { CellType, ColumnHead, FrameHead } from "../../../report/page/page.ts";

/** The cells of a column. */
export type Cells = Float64Array | Float32Array | Int32Array | Uint8Array;

/** A frame after it has arrived. */
export interface Frame<Head extends FrameHead = FrameHead> {
  readonly head: Head;
  readonly columns: ReadonlyMap<string, { readonly head: ColumnHead; readonly cells: Cells }>;
}

const ARRAYS: Readonly<
  Record<CellType, { readonly BYTES_PER_ELEMENT: number; new (b: ArrayBuffer, at: number, n: number): Cells }>
> = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array };

/**
 * Reads a frame, whose layout `FrameHead` tells. The cells are views of the buffer, so nothing is copied.
 *
 * @param cellsOf - How many cells a column of so many rows has; `matches` has one for each eight rows.
 */
export function readFrame<Head extends FrameHead = FrameHead>(
  buffer: ArrayBuffer,
  cellsOf: (rows: number, column: ColumnHead) => number = (rows) => rows,
): Frame<Head> {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))) as Head;
  const columns = new Map<string, { readonly head: ColumnHead; readonly cells: Cells }>();
  let at = roundUp(4 + length);
  for (const column of head.columns) {
    const array = ARRAYS[column.type];
    const count = cellsOf(head.rows, column);
    columns.set(column.name, { head: column, cells: new array(buffer, at, count) });
    at = roundUp(at + count * array.BYTES_PER_ELEMENT);
  }
  return { head, columns };
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 8) * 8;
