import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Choice, Distribution } from "../core/space/distribution.ts";
import { compileSpace, type Params, type Space } from "../core/space/space.ts";
import type { ImportedTrial } from "../store/imported.ts";

/** A row of a table by its columns; an empty cell is absent. */
export type TableRow = ReadonlyMap<string, Choice>;

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
  readonly trials: readonly ImportedTrial[];
}

/**
 * Reads trials from the rows of a table. A row with all values is a complete trial; one that lacks a value failed. The space is
 * found in the rows: a column of numbers is a range from the least to the largest, of whole numbers an `int`; any other
 * column is a choice.
 *
 * @param atMs - When they are taken to have run, since a table does not say it.
 * @throws BelayError `usage`, one line: no rows, no such column, or a value that is no number.
 */
export function tableStudy(rows: readonly TableRow[], mapping: Mapping, atMs: number): TableStudy {
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  if (rows.length === 0) throw new BelayError("usage", "expected rows, got none");
  const find = (option: string, name: string): string => {
    if (columns.includes(name)) return name;
    const hint = didYouMean(name, columns) || `; there are ${columns.slice(0, 11).join(", ")}`;
    throw new BelayError("usage", `${option}: expected a column of the file, got ${show(name)}${hint}`);
  };
  const values = mapping.values.map((name) => find("--value-column", name));
  const rest = columns.filter((name) => !values.includes(name));
  const params = mapping.params?.map((name) => find("--params", name)) ?? rest;
  const declared = Object.fromEntries(
    params.map((name) => [paramName(name), { distribution: distributionOf(rows, name), conditions: [] }]),
  );
  const trials = rows.map((row, number) => trialOf(row, number, { values, params, atMs }));
  return { space: compileSpace(declared), trials };
}

/** The name of a param: what `belay export` calls `params.x` is the param `x`. */
function paramName(column: string): string {
  return column.startsWith("params.") ? column.slice("params.".length) : column;
}

function distributionOf(rows: readonly TableRow[], name: string): Distribution {
  const cells = new Set<Choice>();
  for (const row of rows) if (row.has(name)) cells.add(row.get(name)!);
  const all = [...cells];
  const numbers = all.filter((cell) => typeof cell === "number" && Number.isFinite(cell)) as number[];
  if (numbers.length < all.length) return { kind: "categorical", choices: all };
  const low = numbers.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
  const high = numbers.reduce((most, each) => Math.max(most, each), Number.NEGATIVE_INFINITY);
  return numbers.every(Number.isSafeInteger)
    ? { kind: "int", low, high, log: false, step: 1 }
    : { kind: "float", low, high, log: false, step: null };
}

function trialOf(
  row: TableRow,
  number: number,
  at: { readonly values: readonly string[]; readonly params: readonly string[]; readonly atMs: number },
): ImportedTrial {
  const found = at.values.map((name) => numberAt(row, name, number));
  const values = found.filter((value) => value !== null);
  const isComplete = values.length === found.length;
  const params: Params = {};
  for (const name of at.params) if (row.has(name)) params[paramName(name)] = row.get(name)!;
  return {
    ...{
      number,
      params,
      told: number,
      constraints: [],
      reports: [],
      memory: null,
      proposer: null,
      why: null,
    },
    ...{ startedAtMs: at.atMs, finishedAtMs: at.atMs, durationMs: 0, detail: null, error: null },
    state: isComplete ? "complete" : "fail",
    reason: isComplete ? null : "error",
    values: isComplete ? values : [],
    splits: isComplete ? [{ split: 0, value: values[0]!, values, durationMs: 0, rssBytes: null }] : [],
  };
}

function numberAt(row: TableRow, name: string, number: number): number | null {
  const cell = row.get(name);
  if (cell === undefined || cell === null) return null;
  if (typeof cell === "number" && Number.isFinite(cell)) return cell;
  throw new BelayError("usage", `row ${number + 1}: expected a number as ${name}, got ${show(cell)}`);
}

/** Reads the rows of a CSV (RFC 4180). @throws BelayError `usage`, one line that names the row. */
export function csvRows(text: string): TableRow[] {
  const [head, ...rows] = csvRecords(text);
  if (!head) return [];
  return rows.map((cells, i) => {
    if (cells.length !== head.length)
      throw new BelayError("usage", `row ${i + 1}: expected ${head.length} cells, got ${cells.length}`);
    return new Map(
      head.flatMap((name, k): [string, Choice][] => (cells[k] === "" ? [] : [[name, cellOf(cells[k]!)]])),
    );
  });
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function cellOf(text: string): Choice {
  if (NUMBER.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/y;
  const whole = text.replace(/^\uFEFF/, "");
  while (cell.lastIndex < whole.length) {
    const at = cell.lastIndex;
    const match = cell.exec(whole);
    if (!match)
      throw new BelayError(
        "usage",
        `expected a cell of CSV at character ${at + 1}, got ${show(whole.slice(at, at + 12))}`,
      );
    const [, raw, end] = match as unknown as [string, string, string];
    record.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === "," && cell.lastIndex < whole.length) continue;
    if (end === ",") record.push("");
    records.push(record);
    record = [];
  }
  return records.filter((each) => each.length > 1 || each[0] !== "");
}

/**
 * Reads rows from lines of JSON, one object each; an object inside it is flattened, so that `params.x` names a param of what
 * `export --format ndjson` writes.
 *
 * @throws BelayError `usage`, one line that names the line.
 */
export function ndjsonRows(text: string): TableRow[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, i) => {
    const row = new Map<string, Choice>();
    let read: unknown;
    try {
      read = JSON.parse(line);
    } catch {
      // Reported below, with what is no object.
    }
    if (typeof read !== "object" || read === null || Array.isArray(read))
      throw new BelayError("usage", `line ${i + 1}: expected an object in JSON, got ${show(line)}`);
    flatten(read, "", row);
    return row;
  });
}

function flatten(value: object, prefix: string, into: Map<string, Choice>): void {
  for (const [key, each] of Object.entries(value)) {
    if (each === null) continue;
    if (typeof each !== "object") into.set(prefix + key, each as Choice);
    else if (!Array.isArray(each)) flatten(each, `${prefix}${key}.`, into);
  }
}
