import { formatDuration, formatSize } from "../core/limits.ts";
import type { Json } from "../core/trial.ts";
import type { ColumnKind } from "./columns.ts";

/** How results are printed. */
export const FORMATS = ["table", "json", "ndjson", "csv", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** Rows under named columns. */
export interface Table {
  readonly columns: readonly { readonly key: string; readonly kind: ColumnKind }[];
  readonly rows: Iterable<readonly Json[]>;
}

/** The longest text of a cell in a table or Markdown. */
const MAX_CELL = 40;

/** Lines of one JSON array, or of one JSON document each. */
export function* formatObjects(format: "json" | "ndjson", objects: Iterable<unknown>): Generator<string> {
  if (format === "ndjson") {
    for (const object of objects) yield JSON.stringify(object);
    return;
  }
  let before: string | null = null;
  for (const object of objects) {
    yield before === null ? "[" : `${before},`;
    before = JSON.stringify(object);
  }
  if (before === null) yield "[]";
  else yield* [before, "]"];
}

/**
 * Lines of a table.
 *
 * @param width - Of the terminal: lines of a `table` are cut there; without it they are whole.
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
function csvCell(value: Json): string {
  const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* markdownLines({ columns, rows }: Table): Generator<string> {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  yield line(columns.map(({ key }) => key));
  yield line(columns.map(({ kind }) => (kind === "text" ? "---" : "---:")));
  for (const row of rows) yield line(row.map((value, i) => humanCell(value, columns[i]!.kind)));
}

function* tableLines({ columns, rows }: Table, width: number | undefined): Generator<string> {
  const cells = [columns.map(({ key }) => key)];
  const right = columns.map(({ kind }) => kind !== "text");
  for (const row of rows) cells.push(row.map((value, i) => humanCell(value, columns[i]!.kind)));
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

/** A value as a person reads it: six digits, seconds, gigabytes, `-` for null; one line, no control characters. */
export function humanCell(value: Json, kind: ColumnKind): string {
  if (value === null) return "-";
  if (typeof value === "number") {
    if (kind === "duration") return formatDuration(value);
    if (kind === "bytes") return formatSize(value);
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  }
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const line = text.replace(/[\p{Cc}\s]+/gu, " ");
  const characters = [...line];
  return characters.length > MAX_CELL ? `${characters.slice(0, MAX_CELL - 1).join("")}…` : line;
}

/** Code points: good enough for names and messages. */
function displayWidth(text: string): number {
  return [...text].length;
}
