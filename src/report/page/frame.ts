import type { CellType, ColumnHead, FrameHead } from "./page.ts";

/** The bytes of one cell. */
const WIDTHS: Readonly<Record<CellType, number>> = { f8: 8, f4: 4, i4: 4, u1: 1 };

/** The cells of a column, of the type that its head names. */
export type Cells = Float64Array | Float32Array | Int32Array | Uint8Array;

/**
 * Writes a frame, whose layout `FrameHead` tells. The bytes of cells are those of the machine, which is little-endian on
 * everything that Node runs on.
 *
 * @param cells - The cells of each column, in the order of the head.
 */
export function writeFrame<Head extends FrameHead>(
  head: Head,
  cells: readonly Cells[],
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const padded = roundUp(4 + text.length) - 4;
  const size = cells.reduce((sum, { byteLength }) => sum + roundUp(byteLength), 4 + padded);
  const frame = new Uint8Array(size);
  new DataView(frame.buffer).setUint32(0, padded, true);
  frame.fill(0x20, 4, 4 + padded);
  frame.set(text, 4);
  let at = 4 + padded;
  for (const [i, column] of cells.entries()) {
    checkWidth(head.columns[i]!, column);
    frame.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += roundUp(column.byteLength);
  }
  return frame;
}

function checkWidth({ name, type }: ColumnHead, { BYTES_PER_ELEMENT }: Cells): void {
  if (WIDTHS[type] !== BYTES_PER_ELEMENT)
    throw new Error(`${name}: expected cells of ${WIDTHS[type]} bytes, got ${BYTES_PER_ELEMENT}`);
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 8) * 8;
