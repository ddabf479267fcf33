import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Json } from "../core/trial.ts";
import { type Filter, isSameField, type OrderKey, type Selection } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { type Column, defaultColumns, findColumn, resolveColumn } from "./columns.ts";
import { type Format, linesOf, objectLines, rowLines } from "./format.ts";
import { requireStudy } from "./study.ts";
import { type TrialJson, toTrialJson } from "./trial.ts";
import { parseWhere } from "./where.ts";

/** Which trials to read, and in which order. */
export interface QueryOptions {
  readonly state?: readonly string[];
  readonly reason?: readonly string[];
  /** An expression as `parseWhere` takes it. */
  readonly where?: string;
  /**
   * Columns to sort by, such as `value` or `value:desc`, separated by commas. Trials that lack the column come last. By
   * a value, trials that violate their constraints come after those that meet them. @default number
   */
  readonly sort?: string;
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
}

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
  for await (const page of reader.trials(study, { filter, limit: 20 })) {
    if (page.some(({ constraints }) => constraints.length > 0)) return true;
  }
  return false;
}

function selectionOf(study: StudyRow, options: QueryOptions): Selection {
  const parts: Filter[] = [];
  for (const name of ["state", "reason"] as const) {
    if (!options[name]) continue;
    const column = findColumn(study, name)!;
    const values = [...new Set(options[name])];
    checkWords(column, values);
    parts.push({ kind: "in", field: column.field, values });
  }
  if (options.where !== undefined) parts.push(parseWhere(study, options.where));
  const order = readSort(study, options.sort ?? "number");
  checkCount("--limit", options.limit);
  checkCount("--offset", options.offset);
  return {
    ...(parts.length > 0 && { filter: { kind: "and", parts } }),
    order,
    ...(options.limit !== undefined && { limit: options.limit }),
    offset: options.offset ?? 0,
  };
}

/** Reads `--sort`. A sort by a value puts feasible trials first in either direction, as `best` does. */
function readSort(study: StudyRow, sort: string): OrderKey[] {
  const order: OrderKey[] = [];
  for (const part of sort.split(",")) {
    const [, name, direction] = /^\s*(.*?)\s*(?::\s*(asc|desc))?\s*$/i.exec(part)!;
    const { key, field } = resolveColumn(study, name!, "--sort");
    if (/^values?(\.\d+)?$/.test(key)) order.push({ field: { name: "feasible" }, descending: true });
    order.push({ field, descending: direction?.toLowerCase() === "desc" });
  }
  // A repeated key counts only where it first occurs.
  return order.filter((key, i) => order.findIndex(({ field }) => isSameField(field, key.field)) === i);
}

function checkWords(column: Column, words: readonly string[]): void {
  const wrong = words.find((word) => !column.words.includes(word));
  if (wrong === undefined) return;
  throw new BelayError(
    "usage",
    `--${column.key}: expected ${column.words.join(", ")}, got ${show(wrong)}${didYouMean(wrong, column.words)}`,
  );
}

function checkCount(option: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw new BelayError("usage", `${option}: expected a whole number of 0 or more, got ${count}`);
}

function pick(trial: TrialJson, columns: readonly Column[], names: readonly string[]): Record<string, Json> {
  return Object.fromEntries(columns.map((column, i) => [names[i]!, column.read(trial)]));
}

async function* map<T, U>(pages: Pages<T>, each: (item: T) => U): AsyncGenerator<U[]> {
  for await (const page of pages) yield page.map(each);
}
