import type { OrderKey } from "../../store/filter.ts";
import type { StudyColumns } from "./columns.ts";
import { type CellOf, cellsOf } from "./field-cells.ts";
import { compareCells } from "./matches.ts";

/**
 * Sorts rows in memory as a database does: rows that lack a field come last in either direction, equal ones by their number.
 *
 * @param rows - The rows in ascending order.
 * @returns null: a field is not in the columns.
 */
export function sortRows(
  study: StudyColumns,
  rows: Uint32Array,
  order: readonly OrderKey[],
): Uint32Array | null {
  let sorted = rows;
  // Each pass keeps the order of the one before among rows that are equal, so that the first key comes last.
  for (const { field, descending } of order.toReversed()) {
    const cells = cellsOf(study, field);
    if (!cells) return null;
    sorted = sortedBy(sorted, ranksOf(sorted, { cells, descending }));
  }
  return sorted;
}

/** A number for each row by which rows are in order: ascending, and the largest for a row without the field. */
function ranksOf(
  rows: Uint32Array,
  { cells, descending }: { readonly cells: CellOf; readonly descending: boolean },
): Float64Array {
  const ranks = new Float64Array(rows.length);
  const flip = descending ? -1 : 1;
  for (let i = 0; i < rows.length; i++) {
    const cell = cells(rows[i]!);
    if (typeof cell === "string") return textRanks(rows, cells, flip);
    // Negative zero would come before zero.
    ranks[i] = cell === null ? MISSING : flip * cell || 0;
  }
  return ranks;
}

/** Above every rank but infinity, which no param, time or size has. */
const MISSING = Number.POSITIVE_INFINITY;

/** The same by the places of the different cells, of which texts have few. */
function textRanks(rows: Uint32Array, cells: CellOf, flip: number): Float64Array {
  const different = new Set<string | number>();
  for (const row of rows) {
    const cell = cells(row);
    if (cell !== null) different.add(cell);
  }
  const places = new Map([...different].sort(compareCells).map((cell, place) => [cell, place]));
  return Float64Array.from(rows, (row) => {
    const cell = cells(row);
    return cell === null ? MISSING : flip * places.get(cell)! || 0;
  });
}

/** For fewer rows comparisons are quicker. */
const LEAST_ROWS = 4_096;
const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;

/** The rows by ascending ranks; equal ones stay in their order. Many are sorted digit by digit, the lowest first. */
function sortedBy(rows: Uint32Array, ranks: Float64Array): Uint32Array {
  if (rows.length < LEAST_ROWS) {
    const places = Array.from(rows, (_, i) => i).sort((a, b) => ranks[a]! - ranks[b]! || a - b);
    return Uint32Array.from(places, (i) => rows[i]!);
  }
  const digits = digitsOf(ranks);
  let places = Uint32Array.from(rows, (_, i) => i);
  for (let digit = 0; digit < 4; digit++) {
    const next = new Uint32Array(places.length);
    const starts = startsOf(digits, digit);
    if (starts === null) continue; // it is the same in all
    for (const place of places) next[starts[digits[4 * place + digit]!]!++] = place;
    places = next;
  }
  return Uint32Array.from(places, (i) => rows[i]!);
}

/** The four digits of each number, the lowest first, such that numbers are in the order of their digits. */
function digitsOf(ranks: Float64Array): Uint16Array {
  const digits = new Uint16Array(ranks.slice().buffer);
  for (let at = 3; at < digits.length; at += 4) {
    // The bits of negative numbers go down while the numbers go up.
    if (digits[at]! < 0x8000) digits[at]! ^= 0x8000;
    else for (let each = at - 3; each <= at; each++) digits[each]! ^= 0xffff;
  }
  return digits;
}

/** Where the numbers with each digit begin; null if all have the same one. */
function startsOf(digits: Uint16Array, digit: number): Uint32Array | null {
  const starts = new Uint32Array(DIGITS);
  for (let at = digit; at < digits.length; at += 4) starts[digits[at]!]!++;
  let sum = 0;
  for (let i = 0; i < DIGITS; i++) {
    const count = starts[i]!;
    if (count === digits.length / 4) return null;
    starts[i] = sum;
    sum += count;
  }
  return starts;
}
