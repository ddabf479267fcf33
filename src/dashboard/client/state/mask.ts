/** The rows that a filter or a brush has chosen: a byte a row, 1 if it is chosen. */
export type Mask = Uint8Array;

/** A mask from bits, the lowest bit of each byte first. @param rows - How many rows there are. */
export function maskOfBits(bits: ArrayLike<number>, rows: number): Mask {
  const mask = new Uint8Array(rows);
  const known = Math.min(rows, bits.length * 8);
  for (let row = 0; row < known; row++) mask[row] = (bits[row >> 3]! >> (row & 7)) & 1;
  return mask;
}

/**
 * The rows that are in both masks, as a mask of `rows` rows; null if neither mask leaves anything out. Rows beyond the end
 * of a mask are not in it.
 */
export function inBoth(one: Mask | null, other: Mask | null, rows: number): Mask | null {
  if (!one && !other) return null;
  const mask = new Uint8Array(rows);
  const known = Math.min(rows, one?.length ?? rows, other?.length ?? rows);
  for (let row = 0; row < known; row++) mask[row] = (one ? one[row]! : 1) & (other ? other[row]! : 1);
  return mask;
}

/** How many rows are chosen. @param mask - null: all. */
export function countIn(mask: Mask | null, rows: number): number {
  if (!mask) return rows;
  let count = 0;
  for (let row = 0; row < mask.length; row++) count += mask[row]!;
  return count;
}
