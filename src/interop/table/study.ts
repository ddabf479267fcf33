import { BelayError, didYouMean, show } from "../../core/error.ts";
import type { Choice, Distribution } from "../../core/space/distribution.ts";
import { compileSpace, type Params, type Space } from "../../core/space/space.ts";
import type { ImportedTrial } from "../../store/imported.ts";
import type { Table, TableRow } from "./rows.ts";

/** Which columns of a table mean what. */
export interface Mapping {
  /** The columns of the values, one for each direction. */
  readonly values: readonly string[];
  /** The columns of the params. @default all columns but those of the values */
  readonly params?: readonly string[] | undefined;
}

/** Trials that a table holds, and the space that their params span. */
export interface TableStudy {
  readonly space: Space;
  readonly count: number;
  readonly trials: AsyncIterable<readonly ImportedTrial[]>;
}

/**
 * Reads trials from the rows of a table. A row with all values is a complete trial; one that lacks a value failed. The space is
 * found in the rows: a column of numbers is a range from the least to the largest, of whole numbers an `int`; any other
 * column is a choice. The table is read two or three times, so that it need not fit into memory.
 *
 * @param atMs - When they are taken to have run, since a table does not say it.
 * @throws BelayError `usage`, one line: no rows, no such column, or a value that is no number.
 */
export async function tableStudy(table: Table, mapping: Mapping, atMs: number): Promise<TableStudy> {
  const { count, columns } = await survey(table);
  if (count === 0) throw new BelayError("usage", "expected rows, got none");
  const names = [...columns.keys()];
  const find = (option: string, name: string): string => {
    if (columns.has(name)) return name;
    const hint = didYouMean(name, names) || `; there are ${names.slice(0, 11).join(", ")}`;
    throw new BelayError("usage", `${option}: expected a column of the file, got ${show(name)}${hint}`);
  };
  const values = mapping.values.map((name) => find("--value-column", name));
  const rest = names.filter((name) => !values.includes(name));
  const params = mapping.params?.map((name) => find("--params", name)) ?? rest;
  const choices = await choicesOf(
    table,
    params.filter((name) => !columns.get(name)!.isNumeric),
  );
  const declared = Object.fromEntries(
    params.map((name) => [
      paramName(name),
      { distribution: distributionOf(columns.get(name)!, choices.get(name)), conditions: [] },
    ]),
  );
  return { space: compileSpace(declared), count, trials: trialsOf(table, { values, params, atMs }) };
}

/** What is known of a column. */
interface ColumnSurvey {
  isNumeric: boolean;
  isWhole: boolean;
  low: number;
  high: number;
}

async function survey(
  table: Table,
): Promise<{ readonly count: number; readonly columns: ReadonlyMap<string, ColumnSurvey> }> {
  const columns = new Map<string, ColumnSurvey>();
  let count = 0;
  for await (const rows of table.rows(null))
    for (const row of rows) {
      count++;
      for (const [name, cell] of row) {
        let column = columns.get(name);
        if (!column) {
          column = {
            ...{
              isNumeric: true,
              isWhole: true,
              low: Number.POSITIVE_INFINITY,
              high: Number.NEGATIVE_INFINITY,
            },
          };
          columns.set(name, column);
        }
        if (typeof cell === "number" && Number.isFinite(cell)) {
          if (cell < column.low) column.low = cell;
          if (cell > column.high) column.high = cell;
          if (!Number.isSafeInteger(cell)) column.isWhole = false;
        } else column.isNumeric = false;
      }
    }
  return { count, columns };
}

/** The different cells of columns, in the order in which they come. */
async function choicesOf(
  table: Table,
  columns: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<Choice>>> {
  const choices = new Map(columns.map((name) => [name, new Set<Choice>()]));
  if (columns.length === 0) return choices;
  for await (const rows of table.rows(new Set(columns)))
    for (const row of rows) for (const [name, cell] of row) choices.get(name)!.add(cell);
  return choices;
}

function distributionOf(column: ColumnSurvey, choices: ReadonlySet<Choice> | undefined): Distribution {
  if (choices) return { kind: "categorical", choices: [...choices] };
  const { low, high } = column;
  return column.isWhole
    ? { kind: "int", low, high, log: false, step: 1 }
    : { kind: "float", low, high, log: false, step: null };
}

/** The name of a param: what `belay export` calls `params.x` is the param `x`. */
function paramName(column: string): string {
  return column.startsWith("params.") ? column.slice("params.".length) : column;
}

interface Columns {
  readonly values: readonly string[];
  readonly params: readonly string[];
  readonly atMs: number;
}

async function* trialsOf(table: Table, columns: Columns): AsyncGenerator<ImportedTrial[]> {
  let number = 0;
  for await (const rows of table.rows(new Set([...columns.values, ...columns.params])))
    yield rows.map((row) => trialOf(row, number++, columns));
}

function trialOf(
  row: TableRow,
  number: number,
  { values: named, params: columns, atMs }: Columns,
): ImportedTrial {
  const found = named.map((name) => numberAt(row, name, number));
  const values = found.filter((value) => value !== null);
  const isComplete = values.length === found.length;
  const params: Params = {};
  for (const name of columns) if (row.has(name)) params[paramName(name)] = row.get(name)!;
  return {
    ...{ number, params, told: number, constraints: [], proposer: null, why: null },
    ...{ startedAtMs: atMs, finishedAtMs: atMs, durationMs: 0, detail: null, error: null },
    state: isComplete ? "complete" : "fail",
    reason: isComplete ? null : "error",
    values: isComplete ? values : [],
    ran: {
      splits: isComplete ? [{ split: 0, value: values[0]!, values, durationMs: 0, rssBytes: null }] : [],
      ...{ reports: [], memory: null },
    },
  };
}

function numberAt(row: TableRow, name: string, number: number): number | null {
  const cell = row.get(name);
  if (cell === undefined || cell === null) return null;
  if (typeof cell === "number" && Number.isFinite(cell)) return cell;
  throw new BelayError("usage", `row ${number + 1}: expected a number as ${name}, got ${show(cell)}`);
}
