import type { AskContext } from "../../core/search/sampler.ts";
import type { Space } from "../../core/space/space.ts";
import { mustBeDistinct, seenBefore } from "../distinct.ts";

/** Rows of a space, one after the other in one array: to create an array for each takes longer than to fill it. */
export interface RowList {
  readonly values: Float64Array;
  /** The length of a row. */
  readonly width: number;
  /** How many rows there are; `values` may have room for more. */
  count: number;
}

/** A list without rows, with room for `most` of them. */
export function emptyList({ params }: Space, most: number): RowList {
  return { values: new Float64Array(most * params.length), width: params.length, count: 0 };
}

/**
 * Adds `count` rows, of which `draw` sets the active params of one that has none yet. Those that were seen before are left
 * out where they must be.
 */
export function addRows(
  list: RowList,
  context: AskContext,
  count: number,
  draw: (row: Float64Array) => void,
): void {
  const seen = mustBeDistinct(context) ? seenBefore(context.history) : null;
  const row = new Float64Array(list.width);
  for (let c = 0; c < count; c++) {
    row.fill(Number.NaN);
    draw(row);
    if (!seen?.(row)) list.values.set(row, list.width * list.count++);
  }
}

/** A copy of row `i`. */
export function rowOf({ values, width }: RowList, i: number): Float64Array {
  return values.slice(i * width, (i + 1) * width);
}

/** A copy of the first of the rows with the highest score; null if there are none. */
export function bestRow(list: RowList, score: (row: Float64Array) => number): Float64Array | null {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < list.count; i++) {
    const own = score(rowOf(list, i));
    if (own > bestScore || best < 0) [best, bestScore] = [i, own];
  }
  return best < 0 ? null : rowOf(list, best);
}
