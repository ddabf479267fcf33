import { BelayError, show } from "../../core/error.ts";
import type { Json } from "../../core/trial.ts";
import type { FieldCell } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { type Format, humanCell, linesOf, objectLines, rowLines } from "../format.ts";
import { requireStudy, toIso } from "../study.ts";
import { type Aggregate, DEFAULT_AGGREGATES, readAggregates } from "./aggregates.ts";
import { type Bin, quantileBins } from "./bins.ts";
import { type Column, resolveSingle } from "./columns.ts";
import { checkPart, filterOf, type QueryOptions, sortKeys } from "./selection.ts";

/** How to group trials. */
export interface GroupOptions extends Omit<QueryOptions, "sort"> {
  /** The columns of which each combination of values is a group. Numbers are divided into bins. */
  readonly groupBy: readonly string[];
  /** The figures of each group, as `readAggregates` takes them. @default count, mean, std, min, median, max */
  readonly agg?: readonly string[];
  /** Into how many bins a column of more different numbers is divided. @default 4 */
  readonly bins?: number;
  /** Grouped columns or figures to sort the groups by, such as `mean:desc`. @default the grouped columns */
  readonly sort?: string;
}

/** What the trials of a group have in common: a value of each grouped column. */
type Key = Json | Bin;

/** A group of trials, as `query --group-by --json` prints it: its count, and by column the figures, such as `mean`. */
type GroupJson = { readonly group: Readonly<Record<string, Key>>; readonly count: number } & Readonly<
  Record<string, unknown>
>;

/** A group of trials. */
interface Group {
  readonly keys: readonly Key[];
  /** What the keys are sorted by; null comes last. */
  readonly ranks: readonly (number | string | null)[];
  readonly count: number;
  /** A figure for each aggregate; null if no value is known. */
  readonly figures: readonly (number | null)[];
}

/** A grouped column with the key of each trial. */
interface Keyed {
  readonly name: string;
  readonly column: Column;
  readonly keyOf: (row: number) => Key;
  readonly rankOf: (row: number) => number | string | null;
}

/**
 * The lines that `query --group-by` prints.
 *
 * @param options - `width`: the width of the terminal, for a table.
 * @throws BelayError `usage`, before the first line: an unknown study, column or figure, or a wrong expression.
 */
export async function* groupLines(
  reader: Reader,
  name: string,
  options: GroupOptions & { readonly format: Format; readonly width?: number },
): AsyncGenerator<string[]> {
  const { format, width } = options;
  const study = await requireStudy(reader, name);
  const aggregates = readAggregates(study, options.agg ?? DEFAULT_AGGREGATES);
  const columns = options.groupBy.map((column) => resolveSingle(study, column, "--group-by"));
  checkPart(options);
  const bins = options.bins ?? 4;
  if (!Number.isSafeInteger(bins) || bins < 1)
    throw new BelayError("usage", `--bins: expected a whole number of 1 or more, got ${bins}`);
  const order = readOrder(options.sort, options.groupBy, aggregates);
  const cells = await readColumns(reader, study, [...columns, ...columnsOf(aggregates)], options);
  const keyed = columns.map((column, i) => keyedBy(options.groupBy[i]!, column, cells[i]!, bins));
  const values = columnsOf(aggregates).map((_, i) => numbersOf(cells[columns.length + i]!));
  const sorted = groupsOf(keyed, aggregates, values, cells[0]!.length).sort(order);
  const offset = options.offset ?? 0;
  const groups = sorted.slice(offset, offset + (options.limit ?? sorted.length));
  if (format === "json" || format === "ndjson") {
    yield* linesOf(objectLines(format), once(groups.map((group) => toJson(keyed, aggregates, group))));
    return;
  }
  const headings = [...keyed.map(({ name: key, column: { kind } }) => ({ key, kind })), ...aggregates];
  const rows = groups.map(({ keys, figures }) => [
    ...keys.map((key, i) => keyCell(key, keyed[i]!.column, format)),
    ...figures,
  ]);
  yield* linesOf(rowLines(format, headings, width), once(rows));
}

/** A key as a cell: the bin of numbers is the text `from..to`. */
function keyCell(key: Key, { kind }: Column, format: Format): Json {
  if (key === null || typeof key !== "object" || !("from" in key)) return key as Json;
  const { from, to } = key as Bin;
  return format === "csv" ? `${from}..${to}` : `${humanCell(from, kind)}..${humanCell(to, kind)}`;
}

async function* once<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page;
}

/** The columns that figures sum up, each once. */
function columnsOf(aggregates: readonly Aggregate[]): Column[] {
  const columns = aggregates.map(({ column }) => column).filter((column) => column !== null);
  return columns.filter((column, i) => columns.findIndex(({ key }) => key === column.key) === i);
}

/** Reads columns of the selected trials: the cells of each. */
async function readColumns(
  reader: Reader,
  study: StudyRow,
  columns: readonly Column[],
  options: GroupOptions,
): Promise<FieldCell[][]> {
  const cells: FieldCell[][] = columns.map(() => []);
  const fields = columns.map(({ field }) => field);
  for await (const page of reader.cells(study, fields, filterOf(study, options))) {
    for (const row of page) row.forEach((cell, i) => void cells[i]!.push(cell));
  }
  return cells;
}

const numbersOf = (cells: readonly FieldCell[]): Float64Array =>
  Float64Array.from(cells, (cell) => (typeof cell === "number" ? cell : Number.NaN));

/** Gives each trial its key in a column: the bin of a number, else the value. */
function keyedBy(name: string, column: Column, cells: readonly FieldCell[], wanted: number): Keyed {
  if (column.kind === "text" || column.kind === "any" || column.kind === "truth") {
    const isTruth = column.kind === "truth";
    const keyOf = (row: number): Key => {
      const cell = cells[row]!;
      return isTruth && cell !== null ? cell === 1 : cell;
    };
    return { name, column, keyOf, rankOf: (row) => cells[row]! };
  }
  const { bins, of } = quantileBins(numbersOf(cells), wanted);
  const keys = bins.map(({ from, to }): Key => {
    const shown = (value: number): number | string => (column.kind === "time" ? toIso(value) : value);
    return from === to ? shown(from) : ({ from: shown(from), to: shown(to) } as Key);
  });
  const binOf = (row: number): number | null => (of[row]! < 0 ? null : of[row]!);
  return { name, column, keyOf: (row) => keys[of[row]!] ?? null, rankOf: binOf };
}

function groupsOf(
  keyed: readonly Keyed[],
  aggregates: readonly Aggregate[],
  values: readonly Float64Array[],
  size: number,
): Group[] {
  const rowsOf = new Map<string, number[]>();
  for (let row = 0; row < size; row++) {
    const key = JSON.stringify(keyed.map(({ rankOf }) => rankOf(row)));
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  const columns = columnsOf(aggregates).map(({ key }) => key);
  return [...rowsOf.values()].map((rows) => {
    const known = values.map((column) =>
      Float64Array.from(rows, (row) => column[row]!)
        .filter((value) => !Number.isNaN(value))
        .sort(),
    );
    const figures = aggregates.map(({ column, of }) => {
      if (!column) return rows.length;
      const sorted = known[columns.indexOf(column.key)]!;
      return sorted.length > 0 ? of(sorted) : null;
    });
    const [first] = rows as [number];
    return {
      keys: keyed.map(({ keyOf }) => keyOf(first)),
      ranks: keyed.map(({ rankOf }) => rankOf(first)),
      count: rows.length,
      figures,
    };
  });
}

/** Compares groups by the typed keys, then by their grouped columns. */
function readOrder(
  sort: string | undefined,
  groupBy: readonly string[],
  aggregates: readonly Aggregate[],
): (a: Group, b: Group) => number {
  const names = [...groupBy, ...aggregates.map(({ key }) => key)];
  const chosen = sort === undefined ? [] : sortKeys(sort);
  const wrong = chosen.find(({ name }) => !names.includes(name));
  if (wrong)
    throw new BelayError(
      "usage",
      `--sort: expected a grouped column or a figure of --agg (${names.join(", ")}), got ${show(wrong.name)}`,
    );
  const keys = [...chosen, ...groupBy.map((name) => ({ name, descending: false }))].map(
    ({ name, descending }) => {
      const at = names.indexOf(name);
      const of = ({ ranks, figures }: Group) =>
        at < groupBy.length ? ranks[at]! : figures[at - groupBy.length]!;
      return { of, sign: descending ? -1 : 1 };
    },
  );
  return (a, b) => {
    for (const { of, sign } of keys) {
      const [x, y] = [of(a), of(b)];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      return compareRanks(x, y) * sign;
    }
    return 0;
  };
}

/** Numbers come before texts, and texts are in the order of `--sort`, that of their bytes. */
function compareRanks(a: number | string, b: number | string): number {
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === "number" ? -1 : 1;
}

function toJson(keyed: readonly Keyed[], aggregates: readonly Aggregate[], group: Group): GroupJson {
  const figures: Record<string, Record<string, number | null>> = {};
  aggregates.forEach(({ name, column }, i) => {
    if (!column) return;
    // A param may have the name of an entry that each group has.
    const key = column.key === "group" || column.key === "count" ? `params.${column.key}` : column.key;
    figures[key] = { ...figures[key], [name]: group.figures[i]! };
  });
  return {
    group: Object.fromEntries(keyed.map(({ name }, i) => [name, group.keys[i]!])),
    count: group.count,
    ...figures,
  };
}
