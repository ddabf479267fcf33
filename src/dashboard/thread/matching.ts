import type { StudyColumns } from "../../report/page/columns.ts";
import { filterOf } from "../../report/query/selection.ts";
import type { Reader } from "../../store/reader.ts";

/** Which rows a filter selects: a bit for each, the lowest bit of the first byte for the first row. */
export interface Matching {
  readonly bits: Uint8Array;
  readonly count: number;
}

/**
 * Finds the trials that a filter selects.
 *
 * @param where - As the command line takes it; an empty text selects all.
 * @throws BelayError `usage`: it cannot be read.
 */
export async function matching(reader: Reader, columns: StudyColumns, where: string): Promise<Matching> {
  const { study, rows } = columns;
  const bits = new Uint8Array(Math.ceil(rows / 8));
  const selection = filterOf(study, where === "" ? {} : { where });
  let count = 0;
  for await (const page of reader.cells(study, [{ name: "number" }], selection)) {
    for (const [number] of page) {
      const row = columns.rowOf(Number(number));
      if (row < 0) continue; // it has begun since
      bits[row >> 3]! |= 1 << (row & 7);
      count++;
    }
  }
  return { bits, count };
}
