import { createReadStream } from "node:fs";
import { BelayError, show } from "../../core/error.ts";
import type { Choice } from "../../core/space/distribution.ts";

/** A row of a table by its columns; an empty cell is absent. */
export type TableRow = ReadonlyMap<string, Choice>;

/** A table that can be read again and again, a page of rows at a time. */
export interface Table {
  /**
   * Reads the rows.
   *
   * @param wanted - Only these columns; null: all.
   * @throws BelayError `usage`, one line that names the row.
   */
  rows(wanted: ReadonlySet<string> | null): AsyncIterable<readonly TableRow[]>;
}

/** A row that is longer has a quote that is not closed, or no end of line. */
const MAX_ROW_LENGTH = 16 * 1024 * 1024;
/** How many bytes are read together. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A file of CSV (RFC 4180), or of JSON with one object on each line, an object inside which is flattened, so that
 * `params.x` names a param of what `export --format ndjson` writes.
 *
 * @param bytes - How many bytes of the file are the table; what is appended meanwhile is left out.
 */
export function tableFile(file: string, format: "csv" | "ndjson", bytes: number): Table {
  return {
    async *rows(wanted) {
      if (bytes === 0) return;
      const chunks = createReadStream(file, {
        ...{ encoding: "utf8", highWaterMark: CHUNK_BYTES, end: bytes - 1 },
      }) as AsyncIterable<string>;
      yield* format === "csv" ? csvRows(chunks, wanted) : ndjsonRows(chunks, wanted);
    },
  };
}

async function* csvRows(
  chunks: AsyncIterable<string>,
  wanted: ReadonlySet<string> | null,
): AsyncGenerator<TableRow[]> {
  let head: readonly string[] | null = null;
  let kept: readonly (readonly [number, string])[] = [];
  let number = 0;
  for await (const records of csvRecords(chunks)) {
    const rows: TableRow[] = [];
    for (const cells of records) {
      if (head === null) {
        head = cells;
        kept = [...cells.entries()].filter(([, name]) => wanted === null || wanted.has(name));
        continue;
      }
      number++;
      if (cells.length !== head.length)
        throw new BelayError("usage", `row ${number}: expected ${head.length} cells, got ${cells.length}`);
      const row = new Map<string, Choice>();
      for (const [i, name] of kept) if (cells[i] !== "") row.set(name, cellOf(cells[i]!));
      rows.push(row);
    }
    yield rows;
  }
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function cellOf(text: string): Choice {
  if (NUMBER.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

/** A cell and what ends it: within the text, and at the end of the file. */
const CELL = /("[^"]*(?:""[^"]*)*"|[^",\r\n][^,\r\n]*|)(,|\r?\n)/y;
const LAST_CELL = /("[^"]*(?:""[^"]*)*"|[^",\r\n][^,\r\n]*|)(,|\r?\n|$)/y;

/** Reads records as far as they are whole, the head among them. */
async function* csvRecords(chunks: AsyncIterable<string>): AsyncGenerator<string[][]> {
  let rest = "";
  let number = 0;
  for await (const chunk of chunks) {
    rest = number === 0 && rest === "" ? chunk.replace(/^\uFEFF/, "") : rest + chunk;
    const { records, end } = recordsOf(rest, CELL);
    rest = rest.slice(end);
    number += records.length;
    if (rest.length > MAX_ROW_LENGTH) throw badCell(number, rest);
    yield records;
  }
  const { records, end } = recordsOf(rest, LAST_CELL);
  if (end < rest.length) throw badCell(number + records.length, rest.slice(end));
  yield records;
}

function badCell(number: number, rest: string): BelayError {
  return new BelayError(
    "usage",
    `${number === 0 ? "the first line" : `row ${number}`}: expected cells of CSV with their quotes closed, got ${show(rest.slice(0, 40))}`,
  );
}

/** @returns the records that end within the text, and where the last of them ends. */
function recordsOf(text: string, cell: RegExp): { readonly records: string[][]; readonly end: number } {
  const records: string[][] = [];
  let record: string[] = [];
  let end = 0;
  cell.lastIndex = 0;
  while (end < text.length) {
    const match = cell.exec(text);
    if (!match) break;
    const [, raw, after] = match as unknown as [string, string, string];
    record.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (after === "," && (cell === CELL || cell.lastIndex < text.length)) continue;
    if (after === ",") record.push("");
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
    end = cell.lastIndex;
  }
  return { records, end };
}

async function* ndjsonRows(
  chunks: AsyncIterable<string>,
  wanted: ReadonlySet<string> | null,
): AsyncGenerator<TableRow[]> {
  let number = 0;
  let rest = "";
  const rowsOf = (lines: readonly string[]): TableRow[] => {
    const rows: TableRow[] = [];
    for (const line of lines) {
      if (line.trim() === "") continue;
      rows.push(ndjsonRow(line, ++number, wanted));
    }
    return rows;
  };
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_ROW_LENGTH)
      throw new BelayError(
        "usage",
        `line ${number + 1}: expected the end of a line, got ${show(rest.slice(0, 40))}`,
      );
    yield rowsOf(lines);
  }
  yield rowsOf([rest]);
}

function ndjsonRow(line: string, number: number, wanted: ReadonlySet<string> | null): TableRow {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    // Reported below, with what is no object.
  }
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new BelayError("usage", `line ${number}: expected an object in JSON, got ${show(line)}`);
  const row = new Map<string, Choice>();
  flatten(read, "", { row, wanted });
  return row;
}

function flatten(
  value: object,
  prefix: string,
  into: { readonly row: Map<string, Choice>; readonly wanted: ReadonlySet<string> | null },
): void {
  for (const [key, each] of Object.entries(value)) {
    if (each === null) continue;
    const name = prefix + key;
    if (typeof each === "object") {
      if (!Array.isArray(each)) flatten(each, `${name}.`, into);
    } else if (into.wanted === null || into.wanted.has(name)) into.row.set(name, each as Choice);
  }
}
