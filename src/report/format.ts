import { printableLine } from "../core/printable.ts";
import type { Json } from "../core/trial.ts";
import { formatDuration, formatSize } from "../core/units.ts";
import type { ColumnKind } from "./query/columns.ts";

/** The formats in which results can be printed. */
export const FORMATS = ["table", "json", "ndjson", "csv", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** The value of a cell. */
export type Cell = Json | bigint;

/** How a cell is shown; `exact` prints numbers unrounded. */
type CellKind = ColumnKind | "exact";

/** The head of a column. */
export interface Heading {
  readonly key: string;
  readonly kind: CellKind;
}

/** Turns rows into lines, a page at a time. */
export interface LineFormat<Row> {
  page(rows: readonly Row[]): string[];
  /** The lines after the last page. */
  end(): string[];
}

/** The longest text of a cell on a terminal; a longer one is cut. */
const MAX_CELL = 40;

/** The lines of pages that are read while they are printed. */
export async function* linesOf<Row>(
  format: LineFormat<Row>,
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string[]> {
  for await (const rows of pages) yield format.page(rows);
  yield format.end();
}

/** Formats objects as one JSON array (`json`) or as one JSON document per line (`ndjson`). */
export function objectLines<T>(
  format: "json" | "ndjson",
  toText: (object: T) => string = JSON.stringify,
): LineFormat<T> {
  if (format === "ndjson") return { page: (objects) => objects.map(toText), end: () => [] };
  let before: string | null = null;
  return {
    page: (objects) =>
      objects.map((object) => {
        const line = before === null ? "[" : `${before},`;
        before = toText(object);
        return line;
      }),
    end: () => (before === null ? ["[]"] : [before, "]"]),
  };
}

/**
 * JSON of a record without loss: bigints have all their digits, and an infinity is `1e999`, which parsers read as
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
 * Formats rows as lines.
 *
 * @param width - The width of the terminal, at which a `table` cuts lines; it also cuts long cells. Without it nothing
 *   is cut.
 */
export function rowLines(
  format: "table" | "csv" | "markdown",
  columns: readonly Heading[],
  width?: number,
): LineFormat<readonly Cell[]> {
  if (format === "csv")
    return withHead([columns.map(({ key }) => csvCell(key)).join(",")], (row) => row.map(csvCell).join(","));
  return format === "markdown" ? markdownLines(columns) : tableLines(columns, width);
}

/** The lines of a table that is given whole. */
export function formatTable(
  columns: readonly Heading[],
  rows: readonly (readonly Cell[])[],
  width?: number,
): string[] {
  const lines = rowLines("table", columns, width);
  return [...lines.page(rows), ...lines.end()];
}

/** Formats each row as one line, below a head that is printed even without rows. */
function withHead<Row>(head: readonly string[], toLine: (row: Row) => string): LineFormat<Row> {
  let pending = head;
  const takeHead = (): readonly string[] => {
    const lines = pending;
    pending = [];
    return lines;
  };
  return { page: (rows) => [...takeHead(), ...rows.map(toLine)], end: () => [...takeHead()] };
}

/** A cell in CSV (RFC 4180): quoted only where needed, with inner quotes doubled; null is empty. */
function csvCell(value: Cell): string {
  if (typeof value === "number") return String(value);
  const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function markdownLines(columns: readonly Heading[]): LineFormat<readonly Cell[]> {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = [
    line(columns.map(({ key }) => printableLine(key))),
    line(columns.map(({ kind }) => (isNumeric(kind) ? "---:" : "---"))),
  ];
  return withHead(head, (row) => line(row.map((value, i) => humanCell(value, columns[i]!.kind))));
}

/** Returns all lines at the end, because only then the widths of the columns are known. */
function tableLines(columns: readonly Heading[], width: number | undefined): LineFormat<readonly Cell[]> {
  const cells = [columns.map(({ key }) => printableLine(key))];
  return {
    page(rows) {
      for (const row of rows) {
        const shown = row.map((value, i) => humanCell(value, columns[i]!.kind));
        cells.push(width === undefined ? shown : shown.map(cut));
      }
      return [];
    },
    end: () => aligned(cells, columns, width),
  };
}

function aligned(
  cells: readonly (readonly string[])[],
  columns: readonly Heading[],
  width: number | undefined,
): string[] {
  const right = columns.map(({ kind }) => isNumeric(kind));
  const widths = columns.map((_, i) => cells.reduce((max, row) => Math.max(max, displayWidth(row[i]!)), 0));
  return cells.map((row) => {
    const padded = row.map((cell, i) => {
      const gap = " ".repeat(widths[i]! - displayWidth(cell));
      return right[i] ? gap + cell : cell + gap;
    });
    const line = padded.join("  ").trimEnd();
    return width !== undefined && displayWidth(line) > width
      ? `${[...line].slice(0, Math.max(1, width - 1)).join("")}…`
      : line;
  });
}

function isNumeric(kind: CellKind): boolean {
  return kind === "number" || kind === "time" || kind === "duration" || kind === "bytes";
}

/** A value as one printable line for people: numbers with six digits, durations and sizes with units, `-` for null. */
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

/** Matches half a code point that takes two units of a string. */
const HALF = /[\ud800-\udfff]/;

/** The number of code points, which is close enough to the width of names and messages. */
function displayWidth(text: string): number {
  return HALF.test(text) ? [...text].length : text.length;
}
