import type { Database } from "better-sqlite3";
import { type CheckedTable, checksumOf, fits, fitsHistory, isChecked } from "../checksum/checksum.ts";
import { damagedRow } from "../checksum/intact.ts";
import { REPAIR_EVENT } from "./counters.ts";
import type { Row, Shape } from "./shapes.ts";

/** What of a row is not as it was written: any of its columns, or only such as are no part of a trial's result. */
export type Misfit = "all" | "rest";

/** A row that does not fit its checksum. */
export interface Unfit {
  readonly shape: Shape;
  readonly row: Row;
  readonly misfit: Misfit;
  /** Whether an older version of the row, which fits, has been taken instead. */
  readonly isReplaced: boolean;
}

/** null: the row is as it was written, or older than checksums. */
export function misfitOf(table: string, row: Row): Misfit | null {
  if (!isChecked(table) || fits(table, row)) return null;
  return table === "trials" && fitsHistory(table, row) ? "rest" : "all";
}

/** What became of the rows that do not fit. */
export interface SetAside {
  /** A line for each. */
  readonly lines: readonly string[];
  /** How many rows of each table were taken out. */
  readonly dropped: ReadonlyMap<string, number>;
  /** The ids of studies whose own rows do not fit. */
  readonly studies: ReadonlySet<number>;
}

/** So many lines are read by a person; the events have all rows. */
const MOST_LINES = 20;

/**
 * Takes care that no value counts which may be wrong: a trial becomes a failed one, what belongs to a trial goes, and is
 * measured again or unknown. What the rows say is written into the events.
 */
export function setAside(db: Database, unfit: readonly Unfit[], nowMs: number): SetAside {
  const lines: string[] = [];
  const dropped = new Map<string, number>();
  const studies = new Set<number>();
  const event = db.prepare("INSERT INTO events (at, kind, study_id, data) VALUES (?, ?, ?, ?)");
  // What a trial is made good with must fit itself.
  const inOrder = [...unfit.filter((each) => !isTrial(each)), ...unfit.filter(isTrial)];
  for (const each of inOrder) {
    const { row, isReplaced } = each;
    const { table } = each.shape;
    if (!isChecked(table)) continue;
    const damaged = damagedRow(db, table, row).message;
    event.run(nowMs, REPAIR_EVENT, studyOf(db, each), JSON.stringify({ table, unfit: row }, plain));
    lines.push(`${damaged}: ${isReplaced ? "an older version of it is taken" : becomes(db, each)}`);
    if (isReplaced) continue;
    if (table === "studies") studies.add(Number(row.id));
    else if (table !== "trials") dropped.set(table, (dropped.get(table) ?? 0) + 1);
  }
  const more = lines.length - MOST_LINES;
  return {
    lines: more > 0 ? [...lines.slice(0, MOST_LINES), `${more} rows more`] : lines,
    dropped,
    studies,
  };
}

function isTrial({ shape }: Unfit): boolean {
  return shape.table === "trials";
}

/** @returns in words what has become of it. */
function becomes(db: Database, { shape, row, misfit }: Unfit): string {
  switch (shape.table) {
    case "studies":
      return "any of its columns may be wrong";
    case "trials":
      return misfit === "rest" ? keepResult(db, row) : failTrial(db, row);
    default:
      db.prepare(`DELETE FROM ${shape.table} WHERE ${byKey(shape)}`).run(keyOf(shape, row));
      return "it is left out";
  }
}

/** The condition by which a row is found, and the values for it. */
function byKey({ key }: Shape): string {
  return key.map((column) => `${column} = ?`).join(" AND ");
}

function keyOf({ key }: Shape, row: Row): unknown[] {
  return key.map((column) => row[column]);
}

/** Its times are those of its attempts, which have checksums of their own; its error is told nowhere else. */
function keepResult(db: Database, { id }: Row): string {
  db.prepare(
    `UPDATE trials SET error = NULL,
       started_at = (SELECT min(started_at) FROM attempts a WHERE a.trial_id = trials.id),
       finished_at = CASE WHEN told IS NULL THEN NULL ELSE
         coalesce((SELECT max(ended_at) FROM attempts a WHERE a.trial_id = trials.id), finished_at, created_at) END,
       duration_ms = (SELECT sum(duration_ms) FROM attempts a WHERE a.trial_id = trials.id)
     WHERE id = ?`,
  ).run(id);
  return "its result does, and stays; its times are those of its attempts, its error is left out";
}

/** It comes last in the order of outcomes: its place may be wrong too. */
function failTrial(db: Database, { id, value }: Row): string {
  const error = {
    name: "DamagedRow",
    message: "its row in the database was damaged: what it said is in an event of the repair",
    stack: null,
  };
  db.prepare(
    `UPDATE trials SET state = 'fail', reason = 'error', detail = '{}', error = ?, value = NULL, all_values = NULL,
       constraints = NULL, violation = NULL, finished_at = coalesce(finished_at, started_at, created_at),
       told = (SELECT coalesce(max(told), -1) + 1 FROM trials o WHERE o.study_id = trials.study_id)
     WHERE id = ?`,
  ).run(JSON.stringify(error), id);
  return value === null
    ? "it counts as failed"
    : `it counts as failed, and its value (${String(value)}) not at all`;
}

function studyOf(db: Database, { shape, row }: Unfit): number | null {
  const id =
    shape.table === "studies"
      ? row.id
      : (row.study_id ?? db.prepare("SELECT study_id FROM trials WHERE id = ?").pluck().get(row.trial_id));
  const study = db.prepare("SELECT id FROM studies WHERE id = ?").pluck().get(id) as number | undefined;
  return study ?? null;
}

/** JSON has no large numbers and no bytes. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

/** The tables of which every row has a checksum. */
export function coveredTables(db: Database, shapes: readonly Shape[]): Shape[] {
  return checkedShapes(shapes).filter(
    ({ table }) => db.prepare(`SELECT 1 FROM ${table} WHERE checksum IS NULL LIMIT 1`).get() === undefined,
  );
}

/**
 * Gives the rows that a repair has changed the checksums of what they say now. Rows that had none get none.
 *
 * @param covered - The tables of which every row had one: in those the rows that the repair has made get theirs.
 */
export function renewChecksums(db: Database, shapes: readonly Shape[], covered: readonly Shape[]): void {
  for (const shape of checkedShapes(shapes)) {
    const { table } = shape;
    const which = covered.includes(shape) ? "" : "WHERE checksum IS NOT NULL";
    const rows = db.prepare(`SELECT * FROM ${table} ${which}`).all() as Row[];
    const renew = db.prepare(`UPDATE ${table} SET checksum = ? WHERE ${byKey(shape)}`);
    for (const row of rows) {
      const checksum = checksumOf(table, row);
      if (row.checksum !== checksum) renew.run(checksum, ...keyOf(shape, row));
    }
  }
}

function checkedShapes(shapes: readonly Shape[]): (Shape & { readonly table: CheckedTable })[] {
  return shapes.filter((shape): shape is Shape & { readonly table: CheckedTable } => {
    return isChecked(shape.table) && shape.columns.some(({ name }) => name === "checksum");
  });
}
