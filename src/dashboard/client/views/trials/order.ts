import type { Cells } from "../../data/frame.ts";
import type { Mask } from "../../state/mask.ts";

/** A column by which rows are sorted. */
export interface RowKey {
  readonly cells: Cells;
  /** The words of a column of words, whose order is that of their letters; empty for numbers. */
  readonly words: readonly string[];
  readonly descending: boolean;
}

/** The numbers of the trials in a mask, sorted by keys and then by number; what is absent comes last. */
export function orderedNumbers(mask: Mask, numbers: Cells, keys: readonly RowKey[]): Int32Array {
  const rows: number[] = [];
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1) rows.push(row);
  const columns = keys.map(({ cells, words, descending }) => {
    const places = placesOf(words);
    const sign = descending ? -1 : 1;
    return (row: number): number => {
      const cell = places === null ? cells[row]! : (places[cells[row]!] ?? Number.NaN);
      return Number.isNaN(cell) ? Number.POSITIVE_INFINITY : cell * sign;
    };
  });
  if (columns.length > 0)
    rows.sort((a, b) => {
      for (const keyOf of columns) {
        const [one, other] = [keyOf(a), keyOf(b)];
        if (one !== other) return one < other ? -1 : 1;
      }
      return a - b;
    });
  return Int32Array.from(rows, (row) => numbers[row]!);
}

/** The place of each word in the order of letters; null for a column of numbers. */
function placesOf(words: readonly string[]): number[] | null {
  if (words.length === 0) return null;
  const sorted = [...words].sort();
  return words.map((word) => sorted.indexOf(word));
}
