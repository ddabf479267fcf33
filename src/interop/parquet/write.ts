import { setImmediate as nextTurn } from "node:timers/promises";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { parquetColumns, type TrialColumn } from "./columns.ts";

/** Rows that are held in memory until they are written together: a row group. Readers skip whole groups by their ranges. */
const GROUP_ROWS = 2_500;

/**
 * Writes trials of a study as a Parquet file (https://parquet.apache.org/docs/file-format/), with a row for each trial.
 * Whole numbers are INT64, other numbers DOUBLE, times TIMESTAMP in UTC, truths BOOLEAN; constraints and what each split
 * has are lists; the detail is JSON. What the columns have in common with the csv has the same names.
 *
 * @param file - The path of a file that does not exist yet.
 * @param columns - The columns of a table of the trials, as the csv has them.
 * @returns how many trials were written.
 */
export async function writeParquet(
  file: string,
  reader: Reader,
  study: StudyRow,
  { columns, selection }: { readonly columns: readonly TrialColumn[]; readonly selection: Selection },
): Promise<number> {
  const written = parquetColumns(study, columns);
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: [{ name: "trials", num_children: written.length }, ...written.flatMap(({ schema }) => schema)],
    kvMetadata: [
      { key: "belay", value: JSON.stringify({ study: study.name, directions: study.directions }) },
    ],
    createdBy: "belay",
  });
  let cells: unknown[][] = written.map(() => []);
  const flush = (): void => {
    const columnData = written.map(({ name, schema, differs }, i) => ({
      ...{ name, data: cells[i]! },
      ...(differs ? { encoding: "PLAIN" as const } : {}),
      statistics: schema.length === 1, // of lists nobody asks for the range
    }));
    writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    cells = written.map(() => []);
  };
  let trials = 0;
  for await (const page of reader.trials(study, selection)) {
    for (const trial of page) {
      written.forEach(({ cell }, i) => {
        cells[i]!.push(cell(trial));
      });
      trials++;
      if (cells[0]!.length === GROUP_ROWS) flush();
    }
    await nextTurn(); // so that Ctrl-C is heard
  }
  if (cells[0]!.length > 0) flush();
  writer.finish();
  return trials;
}
