import type { Choice } from "../core/space/distribution.ts";
import type { FieldCell, Selection } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { type Cell, linesOf, objectLines, rowLines } from "./format.ts";
import { allColumns, type Column } from "./query/columns.ts";
import { toIso } from "./study.ts";
import { toTrialJson } from "./trial.ts";

/** The text formats of an export. */
export const TEXT_EXPORTS = ["csv", "ndjson"] as const;

/**
 * The lines of an export, a page at a time: with `csv` a row for each trial, with all its columns; with `ndjson` whole
 * trials with their splits, as `query --format ndjson` prints them.
 *
 * @param onTrials - Called with how many trials a page had.
 */
export async function* exportLines(
  reader: Reader,
  study: StudyRow,
  format: (typeof TEXT_EXPORTS)[number],
  selection: Selection,
  onTrials: (count: number) => void = () => {},
): AsyncGenerator<string[]> {
  if (format === "ndjson") {
    for await (const page of reader.trials(study, selection)) {
      onTrials(page.length);
      yield objectLines("ndjson").page(page.map(toTrialJson));
    }
    return;
  }
  const columns = allColumns(study);
  yield* linesOf(rowLines("csv", columns), rowsOf(reader, study, columns, { selection, onTrials }));
}

async function* rowsOf(
  reader: Reader,
  study: StudyRow,
  columns: readonly Column[],
  { selection, onTrials }: { readonly selection: Selection; readonly onTrials: (count: number) => void },
): AsyncGenerator<Cell[][]> {
  const fields = columns.map(({ field }) => field);
  const shown = columns.map((column) => cellOf(study, column));
  for await (const page of reader.cells(study, fields, selection)) {
    onTrials(page.length);
    yield page.map((cells) => cells.map((cell, i) => shown[i]!(cell)));
  }
}

/** Makes a function that turns a field as the store has it into the cell that people see: times as text, truths as words. */
function cellOf(study: StudyRow, { kind, field }: Column): (cell: FieldCell) => Cell {
  const param = field.name === "params" && "key" in field ? field.key : null;
  const distribution = study.space.params.find(({ name }) => name === param)?.distribution;
  const choices: readonly Choice[] = distribution?.kind === "categorical" ? distribution.choices : [];
  if (kind === "time") return (cell) => toIso(cell as number | null);
  if (kind !== "truth" && !choices.some((choice) => typeof choice === "boolean")) return (cell) => cell;
  return (cell) => ((cell === 0 || cell === 1) && !choices.includes(cell) ? cell === 1 : cell);
}
