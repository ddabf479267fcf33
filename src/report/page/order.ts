import type { OrderKey } from "../../store/filter.ts";
import type { StudyColumns } from "./columns.ts";
import { type CellOf, cellsOf } from "./field-cells.ts";
import { compareCells } from "./matches.ts";

/**
 * Sorts rows in memory as a database does: rows that lack a field come last in either direction, equal ones by their number.
 *
 * @param rows - The rows in ascending order; they are sorted in place.
 * @returns null: a field is not in the columns.
 */
export function sortRows(
  study: StudyColumns,
  rows: Uint32Array,
  order: readonly OrderKey[],
): Uint32Array | null {
  const keys: Float64Array[] = [];
  for (const { field, descending } of order) {
    const cells = cellsOf(study, field);
    if (!cells) return null;
    keys.push(ranksOf(study, rows, { cells, descending }));
  }
  if (keys.length === 0) return rows;
  const [first, ...others] = keys as [Float64Array, ...Float64Array[]];
  return rows.sort((a, b) => {
    const x = first[a]!;
    const y = first[b]!;
    if (x !== y) return x < y ? -1 : 1;
    for (const key of others) if (key[a] !== key[b]) return key[a]! < key[b]! ? -1 : 1;
    return a - b;
  });
}

/** A number for each row by which rows are in order: ascending, and the largest for a row without the field. */
function ranksOf(
  { rows: count }: StudyColumns,
  rows: Uint32Array,
  { cells, descending }: { readonly cells: CellOf; readonly descending: boolean },
): Float64Array {
  const ranks = new Float64Array(count);
  const flip = descending ? -1 : 1;
  const hasTexts = rows.some((row) => typeof cells(row) === "string");
  const rankOf = hasTexts ? rankOfCells(rows, cells) : null;
  for (const row of rows) {
    const cell = cells(row);
    const rank = cell !== null && rankOf ? rankOf.get(cell)! : (cell as number | null);
    ranks[row] = rank === null ? MISSING : flip * rank;
  }
  return ranks;
}

/** Above every rank but infinity, which no param, time or size has; a value may, and is then with the missing ones. */
const MISSING = Number.POSITIVE_INFINITY;

/** The places of the different cells, of which texts have few. */
function rankOfCells(rows: Uint32Array, cells: CellOf): ReadonlyMap<string | number, number> {
  const different = new Set<string | number>();
  for (const row of rows) {
    const cell = cells(row);
    if (cell !== null) different.add(cell);
  }
  return new Map([...different].sort(compareCells).map((cell, rank) => [cell, rank]));
}
