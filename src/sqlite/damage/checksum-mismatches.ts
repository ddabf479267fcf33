import type { Database } from "better-sqlite3";
import { type CheckedTable, checksumOf, fits, fitsHistory, isChecked } from "../checksum/checksum.ts";
import { damagedRow } from "../checksum/intact.ts";
import { REPAIR_EVENT } from "./gaps.ts";
import type { Row, Shape } from "./shapes.ts";

/**
 * Which columns of a row may be wrong: `all`, or `rest` if those of a trial's result fit their half of the checksum.
 */
export type MismatchScope = "all" | "rest";

/** A row that does not fit its checksum. */
export interface ChecksumMismatch {
  readonly shape: Shape;
  readonly row: Row;
  readonly scope: MismatchScope;
  /** Whether an older version of the row that fits its checksum has been taken instead. */
  readonly isReplaced: boolean;
}

/** Which columns of a row may be wrong by its checksum; null if it fits or has none. */
export function mismatchScope(table: string, row: Row): MismatchScope | null {
  if (!isChecked(table) || fits(table, row)) return null;
  return table === "trials" && fitsHistory(table, row) ? "rest" : "all";
}

/** What became of the rows that do not fit their checksums. */
export interface Quarantine {
  /** A line of text for each row. */
  readonly lines: readonly string[];
  /** How many rows of each table were deleted. */
  readonly dropped: ReadonlyMap<string, number>;
  /** The ids of studies whose own rows do not fit their checksums. */
  readonly studies: ReadonlySet<number>;
}

/** More lines are not shown, because nobody would read them; the events have all rows. */
const MOST_LINES = 20;

/**
 * Makes sure that no value which may be wrong is used: a trial becomes failed, and rows that belong to a trial are
 * deleted, so that they are measured again or count as unknown. The contents of the rows are kept in events.
 */
export function quarantine(db: Database, mismatches: readonly ChecksumMismatch[], nowMs: number): Quarantine {
  const lines: string[] = [];
  const dropped = new Map<string, number>();
  const studies = new Set<number>();
  const event = db.prepare("INSERT INTO events (at, kind, study_id, data) VALUES (?, ?, ?, ?)");
  // Trials come last: their times are taken from their attempts, of which the damaged ones must be deleted first.
  const inOrder = [...mismatches.filter((each) => !isTrial(each)), ...mismatches.filter(isTrial)];
  for (const each of inOrder) {
    const { row, isReplaced } = each;
    const { table } = each.shape;
    if (!isChecked(table)) continue;
    const damaged = damagedRow(db, table, row).message;
    event.run(nowMs, REPAIR_EVENT, studyOf(db, each), JSON.stringify({ table, unfit: row }, plain));
    lines.push(`${damaged}: ${isReplaced ? "an older version of it is taken" : invalidate(db, each)}`);
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

function isTrial({ shape }: ChecksumMismatch): boolean {
  return shape.table === "trials";
}

/** Takes the values of a row out of use. @returns a text that says what was done. */
function invalidate(db: Database, { shape, row, scope }: ChecksumMismatch): string {
  switch (shape.table) {
    case "studies":
      return "any of its columns may be wrong";
    case "trials":
      return scope === "rest" ? keepResult(db, row) : failTrial(db, row);
    default:
      db.prepare(`DELETE FROM ${shape.table} WHERE ${byKey(shape)}`).run(keyOf(shape, row));
      return "it is left out";
  }
}

/** The condition that finds a row by its key; `keyOf` has the values. */
function byKey({ key }: Shape): string {
  return key.map((column) => `${column} = ?`).join(" AND ");
}

function keyOf({ key }: Shape, row: Row): unknown[] {
  return key.map((column) => row[column]);
}

/**
 * Keeps a trial's result and takes its times from its attempts. Its error is dropped, as is why
 * it was proposed, since no other row repeats them.
 */
function keepResult(db: Database, row: Row): string {
  const { id } = row;
  if ("why" in row) db.prepare("UPDATE trials SET why = NULL WHERE id = ?").run(id);
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

/** Sets a trial to failed. It comes last in the order of outcomes, because its place in that order may be wrong too. */
function failTrial(db: Database, row: Row): string {
  const { id, value } = row;
  if ("proposer" in row) db.prepare("UPDATE trials SET proposer = NULL, why = NULL WHERE id = ?").run(id);
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

function studyOf(db: Database, { shape, row }: ChecksumMismatch): number | null {
  const id =
    shape.table === "studies"
      ? row.id
      : (row.study_id ?? db.prepare("SELECT study_id FROM trials WHERE id = ?").pluck().get(row.trial_id));
  const study = db.prepare("SELECT id FROM studies WHERE id = ?").pluck().get(id) as number | undefined;
  return study ?? null;
}

/** Turns values that JSON cannot hold, bigints and damaged texts, into strings. */
function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

/** The tables in which every row has a checksum. */
export function coveredTables(db: Database, shapes: readonly Shape[]): Shape[] {
  return checkedShapes(shapes).filter(
    ({ table }) => db.prepare(`SELECT 1 FROM ${table} WHERE checksum IS NULL LIMIT 1`).get() === undefined,
  );
}

/**
 * Updates the checksums of rows that a repair has changed. Rows without a checksum get none, except in covered tables.
 *
 * @param covered - The tables in which every saved row has a checksum: there rows that the repair has added get one
 *   too.
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
