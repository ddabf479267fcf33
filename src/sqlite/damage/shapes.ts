import type { Database } from "better-sqlite3";
import { BAD_TEXT, type PageRow, type Value } from "./records.ts";

/** A row by the names of its columns. */
export type Row = Record<string, Value>;

/** What the rows of a table look like in its pages. */
export interface Shape {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly isWithoutRowid: boolean;
  /** The names of the primary key, in its order. */
  readonly key: readonly string[];
  /** The row that lies in a page as these values; null: they are no row of this table. */
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

/** The shapes of all tables of an intact database of the same schema; no two tables of Belay can be mistaken. */
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
  // The key stands first in the pages of a table without rowids.
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
          if (values[i] !== null) return null; // It is stored as the rowid alone.
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

/** The value as the column has it; undefined: it cannot have it. */
function valueIn({ type, isRequired }: Column, value: Value): Value | undefined {
  if (value === null) return isRequired ? undefined : null;
  if (value === BAD_TEXT) return type === "TEXT" ? value : undefined;
  if (type === "TEXT") return typeof value === "string" ? value : undefined;
  if (type === "REAL") return typeof value === "number" ? value : undefined; // whole numbers are stored as integers
  if (type !== "INTEGER") return value;
  return typeof value === "bigint" || Number.isInteger(value) ? value : undefined;
}

/** What a column that was added later has in rows that were written before. */
function absent({ isRequired, default: text }: Column): Value | undefined {
  if (text !== null) return Number.isNaN(Number(text)) ? text.replace(/^'|'$/g, "") : Number(text);
  return isRequired ? undefined : null;
}
