import type { Json } from "../../core/trial.ts";
import type { Filter } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Format, linesOf, objectLines, rowLines } from "../format.ts";
import { requireStudy } from "../study.ts";
import { type TrialJson, toTrialJson } from "../trial.ts";
import { type Column, defaultColumns, resolveColumn } from "./columns.ts";
import { type QueryOptions, selectionOf } from "./selection.ts";

/** Pages that are read as they are iterated. */
type Pages<T> = AsyncIterable<readonly T[]>;

/**
 * The lines that `query` prints, a page at a time.
 *
 * @param options - `columns`: the names of the columns in order; without them json and ndjson print whole trials.
 *   `width`: the width of the terminal, for a table.
 * @throws BelayError `usage`, before the first page: an unknown study, column, state or reason, or a wrong expression.
 */
export async function* queryLines(
  reader: Reader,
  name: string,
  options: QueryOptions & {
    readonly columns?: readonly string[];
    readonly format: Format;
    readonly width?: number;
  },
): AsyncGenerator<string[]> {
  const study = await requireStudy(reader, name);
  const { format, width } = options;
  const chosen = options.columns?.map((column) => resolveColumn(study, column, "--columns"));
  const trials = map(reader.trials(study, selectionOf(study, options)), toTrialJson);
  if (format === "json" || format === "ndjson") {
    const objects: Pages<TrialJson | Record<string, Json>> = chosen
      ? map(trials, (trial) => pick(trial, chosen, options.columns!))
      : trials;
    return yield* linesOf(objectLines(format), objects);
  }
  const columns = chosen ?? defaultColumns(study, await isConstrained(reader, study));
  const rows = map(trials, (trial) => columns.map((column) => column.read(trial)));
  yield* linesOf(rowLines(format, columns, width), rows);
}

/**
 * Whether the trials of a study have constraints, judged by some complete ones: a study file has constraints or none.
 */
async function isConstrained(reader: Reader, study: StudyRow): Promise<boolean> {
  const filter: Filter = { kind: "in", field: { name: "state" }, values: ["complete"] };
  for await (const page of reader.cells(study, [{ name: "constraints", index: 0 }], { filter, limit: 20 })) {
    if (page.some(([constraint]) => constraint !== null)) return true;
  }
  return false;
}

function pick(trial: TrialJson, columns: readonly Column[], names: readonly string[]): Record<string, Json> {
  return Object.fromEntries(columns.map((column, i) => [names[i]!, column.read(trial)]));
}

async function* map<T, U>(pages: Pages<T>, each: (item: T) => U): AsyncGenerator<U[]> {
  for await (const page of pages) yield page.map(each);
}
