import type { Database } from "better-sqlite3";
import { BAD_TEXT, type PageRow, type Value } from "./records.ts";

/** A row by the names of its columns. */
export type Row = Record<string, Value>;

/** How the rows of a table are stored in its pages. */
export interface Shape {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly isWithoutRowid: boolean;
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** The values of a page as a row of this table; null if they cannot be one. */
  read(row: PageRow, isTable: boolean): Row | null;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly default: string | null;
}

interface RawColumn {
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

/** Reads the shapes of all tables from an intact database of the same schema. No row fits the shapes of two tables. */
export function readShapes(db: Database): Shape[] {
  const tables = db.pragma("table_list") as { schema: string; name: string; type: string; wr: number }[];
  return tables
    .filter(({ schema, name, type }) => schema === "main" && type === "table" && !name.startsWith("sqlite_"))
    .map(({ name, wr }) => {
      const raw = db.prepare("SELECT * FROM pragma_table_info(?)").all(name) as RawColumn[];
      return shapeOf(name, raw, wr === 1);
    });
}

function shapeOf(table: string, raw: readonly RawColumn[], isWithoutRowid: boolean): Shape {
  const keys = raw.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  // A WITHOUT ROWID table stores the columns of its key first.
  const stored = isWithoutRowid ? [...keys, ...raw.filter(({ pk }) => pk === 0)] : raw;
  const columns = stored.map(({ name, type, notnull, pk, dflt_value }): Column => {
    return { name, type, isRequired: notnull === 1 || pk > 0, default: dflt_value };
  });
  const rowidColumn = isWithoutRowid ? null : keys[0]!.name;
  return {
    table,
    columns,
    isWithoutRowid,
    key: keys.map(({ name }) => name),
    read({ rowid, values }, isTable) {
      if (isTable === isWithoutRowid || values.length > columns.length) return null;
      const row: Row = {};
      for (const [i, column] of columns.entries()) {
        if (column.name === rowidColumn) {
          if (values[i] !== null) return null; // SQLite stores NULL in place of the rowid column
          row[column.name] = rowid;
          continue;
        }
        const value = i < values.length ? valueIn(column, values[i]!) : absent(column);
        if (value === undefined) return null;
        row[column.name] = value;
      }
      return row;
    },
  };
}

/** The value if the column can hold it, else undefined. */
function valueIn({ type, isRequired }: Column, value: Value): Value | undefined {
  if (value === null) return isRequired ? undefined : null;
  if (value === BAD_TEXT) return type === "TEXT" ? value : undefined;
  if (type === "TEXT") return typeof value === "string" ? value : undefined;
  if (type === "REAL") return typeof value === "number" ? value : undefined; // whole numbers are stored as integers
  if (type !== "INTEGER") return value;
  return typeof value === "bigint" || Number.isInteger(value) ? value : undefined;
}

/** The value of a column in rows that were written before the column was added; undefined if it must be stored. */
function absent({ isRequired, default: text }: Column): Value | undefined {
  if (text !== null) return Number.isNaN(Number(text)) ? text.replace(/^'|'$/g, "") : Number(text);
  return isRequired ? undefined : null;
}
