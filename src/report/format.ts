import { printableLine } from "../core/printable.ts";
import type { Json } from "../core/trial.ts";
import { formatDuration, formatSize } from "../core/units.ts";
import type { ColumnKind } from "./columns.ts";

/** How results are printed. */
export const FORMATS = ["table", "json", "ndjson", "csv", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** What a cell can hold. */
export type Cell = Json | bigint;

/** How a cell is shown: `exact` leaves numbers as they are. */
type CellKind = ColumnKind | "exact";

/** Rows under named columns. */
export interface Table {
  readonly columns: readonly { readonly key: string; readonly kind: CellKind }[];
  readonly rows: Iterable<readonly Cell[]>;
}

/** The longest text of a cell on a terminal. */
const MAX_CELL = 40;

/** Lines of one JSON array, or of one JSON document each. */
export function* formatObjects<T>(
  format: "json" | "ndjson",
  objects: Iterable<T>,
  toText: (object: T) => string = JSON.stringify,
): Generator<string> {
  if (format === "ndjson") {
    for (const object of objects) yield toText(object);
    return;
  }
  let before: string | null = null;
  for (const object of objects) {
    yield before === null ? "[" : `${before},`;
    before = toText(object);
  }
  if (before === null) yield "[]";
  else yield* [before, "]"];
}

/**
 * JSON of a record that loses nothing: whole numbers with all their digits, and infinities as numbers that are read as
 * infinite.
 */
export function exactJson(record: Readonly<Record<string, Cell>>): string {
  const cell = (value: Cell): string => {
    if (typeof value === "bigint") return String(value);
    if (value === Number.POSITIVE_INFINITY) return "1e999";
    return value === Number.NEGATIVE_INFINITY ? "-1e999" : JSON.stringify(value);
  };
  return `{${Object.entries(record)
    .map(([key, value]) => `${JSON.stringify(key)}:${cell(value)}`)
    .join(",")}}`;
}

/**
 * Lines of a table.
 *
 * @param width - Of the terminal: lines of a `table` are cut there, and long cells before; without it they are whole.
 */
export function formatTable(
  format: "table" | "csv" | "markdown",
  table: Table,
  width?: number,
): Iterable<string> {
  if (format === "csv") return csvLines(table);
  return format === "markdown" ? markdownLines(table) : tableLines(table, width);
}

function* csvLines({ columns, rows }: Table): Generator<string> {
  yield columns.map(({ key }) => csvCell(key)).join(",");
  for (const row of rows) yield row.map(csvCell).join(",");
}

/** RFC 4180: quotes where they are needed, doubled inside; nothing for null. */
function csvCell(value: Cell): string {
  const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* markdownLines({ columns, rows }: Table): Generator<string> {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  yield line(columns.map(({ key }) => printableLine(key)));
  yield line(columns.map(({ kind }) => (isNumeric(kind) ? "---:" : "---")));
  for (const row of rows) yield line(row.map((value, i) => humanCell(value, columns[i]!.kind)));
}

function* tableLines({ columns, rows }: Table, width: number | undefined): Generator<string> {
  const cells = [columns.map(({ key }) => printableLine(key))];
  const right = columns.map(({ kind }) => isNumeric(kind));
  for (const row of rows) {
    const shown = row.map((value, i) => humanCell(value, columns[i]!.kind));
    cells.push(width === undefined ? shown : shown.map(cut));
  }
  const widths = columns.map((_, i) => cells.reduce((max, row) => Math.max(max, displayWidth(row[i]!)), 0));
  for (const row of cells) {
    const padded = row.map((cell, i) => {
      const gap = " ".repeat(widths[i]! - displayWidth(cell));
      return right[i] ? gap + cell : cell + gap;
    });
    const line = padded.join("  ").trimEnd();
    yield width !== undefined && displayWidth(line) > width
      ? `${[...line].slice(0, Math.max(1, width - 1)).join("")}…`
      : line;
  }
}

function isNumeric(kind: CellKind): boolean {
  return kind === "number" || kind === "time" || kind === "duration" || kind === "bytes";
}

/** A value as a person reads it: six digits, seconds, gigabytes, `-` for null; one line, harmless for a terminal. */
export function humanCell(value: Cell, kind: CellKind): string {
  if (value === null) return "-";
  if (typeof value === "number" && kind !== "exact") {
    if (kind === "duration") return formatDuration(value);
    if (kind === "bytes") return formatSize(value);
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  }
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return printableLine(text);
}

function cut(cell: string): string {
  const characters = [...cell];
  return characters.length > MAX_CELL ? `${characters.slice(0, MAX_CELL - 1).join("")}…` : cell;
}

/** Code points: good enough for names and messages. */
function displayWidth(text: string): number {
  return [...text].length;
}
