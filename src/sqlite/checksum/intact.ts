import type { Database } from "better-sqlite3";
import {
  CHECKED,
  type CheckedRow,
  type CheckedTable,
  checkedColumns,
  fits,
  fitsAt,
  isChecked,
} from "./checksum.ts";

/** Thrown for a row that does not fit its checksum, so that the file is damaged; the message names the row. */
export class DamagedRow extends Error {}

/** Returns the row if it fits its checksum. @throws DamagedRow otherwise. */
export function requireIntact<R extends object>(db: Database, table: CheckedTable, row: R): R {
  if (!fits(table, row as CheckedRow)) throw damagedRow(db, table, row as CheckedRow);
  return row;
}

/** The error for a row that does not fit its checksum. */
export function damagedRow(db: Database, table: CheckedTable, row: CheckedRow): DamagedRow {
  return new DamagedRow(`${nameOf(db, table, row)} does not fit its checksum`);
}

/**
 * Checks the rows that another statement aggregates or joins.
 *
 * @param from - The FROM and WHERE clauses of a SELECT with one parameter, in which the table has the alias x.
 * @param onRow - Called with each row once it is checked: its `checkedColumns`.
 * @throws DamagedRow
 */
export function checkRows(
  db: Database,
  table: CheckedTable,
  from: string,
  parameter: number,
  onRow: (row: readonly unknown[]) => void = () => {},
): void {
  const rows = db.prepare(`SELECT ${checkedColumns(table, "x")} ${from}`).raw();
  for (const row of rows.iterate(parameter) as IterableIterator<readonly unknown[]>) {
    if (!fitsAt(table, row, 0)) throw damagedRowAt(db, table, row);
    onRow(row);
  }
}

/** The error for a row given as an array that begins with the `historyColumns` or `checkedColumns`. */
export function damagedRowAt(db: Database, table: CheckedTable, row: readonly unknown[]): DamagedRow {
  return damagedRow(db, table, namedHistory(table, row));
}

function namedHistory(table: CheckedTable, row: readonly unknown[]): CheckedRow {
  return Object.fromEntries(CHECKED[table].history.map((column, i) => [column, row[i]]));
}

/** Names a row for people, such as `split 2 of trial 12 of digits`; by ids if the damaged file has lost the names. */
export function nameOf(db: Database, table: string, row: CheckedRow): string {
  if (!isChecked(table)) return table;
  if (table === "studies") return `study ${row.name}`;
  if (table === "learned") return `what ${studyName(db, row.study_id)} learns from`;
  if (table === "trials") return trialName(row.number, studyName(db, row.study_id));
  const trial = trialOf(db, row.trial_id);
  switch (table) {
    case "attempts":
      return `attempt ${row.attempt} of ${trial}`;
    case "splits":
      return `split ${row.split} of ${trial}`;
    case "reports":
      return `a report of ${trial}`;
    case "memory_log":
      return `the memory of ${trial}`;
  }
}

function trialName(number: unknown, study: string): string {
  return `trial ${number} of ${study}`;
}

function trialOf(db: Database, id: unknown): string {
  const row = read(db, "SELECT number, study_id FROM trials WHERE id = ?", id);
  return row ? trialName(row.number, studyName(db, row.study_id)) : `the trial with id ${id}`;
}

function studyName(db: Database, id: unknown): string {
  const row = read(db, "SELECT name FROM studies WHERE id = ?", id);
  return row ? String(row.name) : `the study with id ${id}`;
}

function read(db: Database, sql: string, id: unknown): CheckedRow | null {
  try {
    return (db.prepare(sql).get(id) as CheckedRow | undefined) ?? null;
  } catch {
    return null; // This row cannot be read either.
  }
}
