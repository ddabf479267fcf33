import type { Database, RunResult } from "better-sqlite3";
import {
  type CHECKED,
  type CheckedTable,
  checkedColumns,
  checksumAt,
  countedColumns,
  fitsAt,
} from "./checksum.ts";
import { damagedRowAt } from "./intact.ts";

type Value = string | number | null;

/** A column that enters the checksum of a table. */
type ColumnOf<T extends CheckedTable> = (typeof CHECKED)[T][
  | "history"
  | "historyAdded"
  | "rest"
  | "added"][number];

/** A row to insert; columns that it leaves out are NULL. */
type NewRow<T extends CheckedTable> = { readonly [C in ColumnOf<T>]?: Value };

/** Returns the value of a column before the change. */
type Before<T extends CheckedTable> = (column: ColumnOf<T>) => Value;

/**
 * Makes a function that inserts a row with its checksum.
 *
 * @param options - `keeps`: whether an existing row of the same key is kept; otherwise it is an error.
 */
export function rowInserter<T extends CheckedTable>(
  db: Database,
  table: T,
  { keeps = false } = {},
): (row: NewRow<T>) => RunResult {
  const columns = columnsOf(table);
  const insert = db.prepare<unknown[]>(
    `INSERT INTO ${table} (${columns.join(", ")}, checksum)
     VALUES (${columns.map(() => "?").join(", ")}, ?)${keeps ? " ON CONFLICT DO NOTHING" : ""}`,
  );
  return (row) => {
    const values = columns.map((column) => row[column] ?? null);
    values.push(checksumAt(table, values, 0));
    return insert.run(...values);
  };
}

/**
 * Makes a function that changes columns of a row and updates its checksum. It throws `DamagedRow` if the row does not
 * fit its checksum, because a new checksum would hide the damage.
 *
 * @param key - The columns by which the row is found.
 * @param columns - The columns to change.
 */
export function rowChanger<T extends CheckedTable, C extends ColumnOf<T>>(
  db: Database,
  table: T,
  key: readonly string[],
  columns: readonly C[],
): (keys: readonly number[], change: (before: Before<T>) => { readonly [K in C]: Value }) => void {
  const where = key.map((column) => `${column} = ?`).join(" AND ");
  const find = db
    .prepare<unknown[], Value[]>(`SELECT ${checkedColumns(table, table)} FROM ${table} WHERE ${where}`)
    .raw();
  const update = db.prepare<unknown[]>(
    `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(", ")}, checksum = ? WHERE ${where}`,
  );
  const all: readonly string[] = columnsOf(table);
  const places = columns.map((column) => all.indexOf(column));
  return (keys, change) => {
    const row = find.get(...keys)!;
    if (!fitsAt(table, row, 0)) throw damagedRowAt(db, table, row);
    const changes = change((column) => row[all.indexOf(column)]!);
    const values = columns.map((column) => changes[column]);
    values.forEach((value, i) => {
      row[places[i]!] = value;
    });
    update.run(...values, checksumAt(table, row, 0), ...keys);
  };
}

function columnsOf<T extends CheckedTable>(table: T): ColumnOf<T>[] {
  return countedColumns(table) as ColumnOf<T>[];
}
