import Database from "better-sqlite3";
import { BelayError } from "../../core/error.ts";
import { fits, isChecked } from "../checksum/checksum.ts";
import { damagedRow } from "../checksum/intact.ts";
import { openDatabase } from "../database.ts";
import { isOurs, toStoreError } from "../errors.ts";
import { APPLICATION_ID, newerSchema, otherProgram, SCHEMA_VERSION } from "../migrate.ts";
import { findGaps } from "./gaps.ts";
import { modelDatabase, schemaTexts } from "./model.ts";
import { rowFault } from "./row-fault.ts";
import { type Row, readShapes, type Shape } from "./shapes.ts";
import { findTrialsOutsideSpace } from "./studies.ts";

/** At most this many lines are reported about a damaged file. */
const MOST_LINES = 20;

/**
 * Finds what is wrong with a database, without writing to it: damaged pages, rows whose parent row is missing, invalid
 * values, rows that other rows require. The checks go from the coarsest to the finest, and the first that finds
 * anything ends them.
 *
 * @returns a line of text for each fault; empty if the database is intact.
 * @throws BelayError `schema`: it belongs to another program or a newer Belay. `store`: another program has locked it.
 */
export function inspect(file: string): string[] {
  const db = openDatabase(file, { readonly: true, timeout: 5_000 });
  try {
    const checks = [() => checkHead(db, file), checkPages, checkOrphans, checkRows, checkGaps];
    for (const check of checks) {
      const found = check(db);
      if (found.length > 0) return found.slice(0, MOST_LINES);
    }
    return [];
  } catch (error) {
    if (error instanceof BelayError) throw error;
    if (isBusy(error)) throw toStoreError(file, error);
    return [(error as Error).message.split("\n")[0]!];
  } finally {
    db.close();
  }
}

/** Whether an error comes from another program's lock or missing permission, which is no damage. */
function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED|CANTOPEN|PERM)/.test(error.code);
}

function checkPages(db: Database.Database): string[] {
  const found = db.pragma(`integrity_check(${MOST_LINES})`) as { integrity_check: string }[];
  const lines = found.flatMap((row) => row.integrity_check.split("\n"));
  return lines.join() === "ok" ? [] : lines;
}

/** Checks the numbers in the header and the text of the schema, which SQLite does not check. */
function checkHead(db: Database.Database, file: string): string[] {
  // One transaction, because another process may be creating or upgrading the database at this moment.
  const [id, version, texts] = db.transaction(
    () =>
      [
        db.pragma("application_id", { simple: true }) as number,
        db.pragma("user_version", { simple: true }) as number,
        schemaTexts(db),
      ] as const,
  )();
  if (texts.size === 0) return ["the file holds nothing"];
  const own = schemaTexts(modelDatabase(SCHEMA_VERSION));
  if (id !== APPLICATION_ID && overlap(texts, own) < own.size / 2 && !isOurs(file)) throw otherProgram(file);
  if (id !== APPLICATION_ID) return [`its header names program ${id}, which is not Belay`];
  if (version > SCHEMA_VERSION && version <= MOST_VERSIONS) throw newerSchema(file, version, SCHEMA_VERSION);
  const isKnown = version > 0 && version <= SCHEMA_VERSION;
  return isKnown && isSame(texts, schemaTexts(modelDatabase(version)))
    ? []
    : [`its schema is not that of version ${version}`];
}

/** A greater schema version is damage, and not that of a newer Belay. */
const MOST_VERSIONS = 1_000;

function overlap(some: ReadonlySet<string>, others: ReadonlySet<string>): number {
  return [...some].filter((each) => others.has(each)).length;
}

function isSame(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && overlap(some, others) === some.size;
}

function checkOrphans(db: Database.Database): string[] {
  const orphans = db.pragma("foreign_key_check") as unknown[];
  return orphans.length === 0 ? [] : [`${orphans.length} rows refer to rows that are missing`];
}

function checkRows(db: Database.Database): string[] {
  const lines: string[] = [];
  for (const shape of readShapes(db)) {
    const { table, key } = shape;
    const constraint = constraintOf(shape);
    for (const row of db.prepare(`SELECT * FROM ${table}`).iterate() as IterableIterator<Row>) {
      const text = rowFault(table, row)?.text ?? constraint(row);
      const name = key.map((column) => `${column} ${String(row[column])}`).join(", ");
      if (text !== null) lines.push(`${table} (${name}): ${text}`);
      else if (isChecked(table) && !fits(table, row)) lines.push(damagedRow(db, table, row).message);
      if (lines.length === MOST_LINES) break;
    }
  }
  return lines.length > 0 ? lines : checkParams(db);
}

/**
 * Makes a function that returns the constraint which a row violates, or null. SQLite's integrity check skips the
 * constraints of WITHOUT ROWID tables, so their rows are inserted into an empty table of the same schema.
 */
function constraintOf({ table, columns, key, isWithoutRowid }: Shape): (row: Row) => string | null {
  if (!isWithoutRowid) return () => null;
  const model = modelDatabase(SCHEMA_VERSION);
  const places = columns.map(({ name }) => `@${name}`).join(", ");
  const insert = model.prepare(
    `INSERT INTO ${table} (${columns.map(({ name }) => name).join(", ")}) VALUES (${places})`,
  );
  const remove = model.prepare(
    `DELETE FROM ${table} WHERE ${key.map((name) => `${name} = @${name}`).join(" AND ")}`,
  );
  return (row) => {
    try {
      insert.run(row);
      remove.run(row);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
}

function checkParams(db: Database.Database): string[] {
  const ids = db.prepare("SELECT id FROM studies").pluck().all() as number[];
  return ids.flatMap((id) =>
    findTrialsOutsideSpace(db, id).map(
      (trialId) => `trials (id ${trialId}): params: expected those of the space, got others`,
    ),
  );
}

function checkGaps(db: Database.Database): string[] {
  return findGaps(db).map(({ study, what, count, first }) => {
    const from = first === "" ? "" : `, the first ${first}`;
    return `study ${study}: ${count} missing (${what}${from})`;
  });
}
