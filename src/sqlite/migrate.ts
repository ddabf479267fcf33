import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "../store/command-line.ts";
import { MIGRATIONS } from "./migrations.ts";
import { refuseLiveOwners } from "./tables/owners.ts";

/** "Belay" on a phone's keys, in the header of every database of ours (SQLite's application_id). */
export const APPLICATION_ID = 23529;

/** The schema that this version of Belay reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Brings a database to the current schema, a transaction for each step: killed at any moment, the file is whole and of
 * one version. A file without tables becomes a new database.
 *
 * @param migrations - The steps; others than today's only in tests.
 * @param options - `takeover`: studies are taken from owners that have been silent for a minute.
 * @throws BelayError `schema`: not a database of Belay, or of a newer schema. `owner`: an upgrade while a study runs.
 */
export function migrate(
  db: Database,
  file: string,
  migrations: readonly string[] = MIGRATIONS,
  { takeover = false } = {},
): void {
  const newest = migrations.length;
  while (checkSchema(db, file, newest) < newest) {
    db.transaction(() => {
      const from = checkSchema(db, file, newest); // Again, under the lock: another process may have been quicker.
      if (from === newest) return;
      const waiting = "an upgrade of its schema";
      if (from > 0) refuseLiveOwners(db, { file, waiting, takeover, nowMs: Date.now() });
      db.exec(migrations[from]!);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${from + 1}`);
    }).immediate();
  }
}

/** Advice, ready to be typed: the command that only upgrades a file of an older schema; `launch` if it has no study. */
export function upgradeAdvice(db: Database, file: string): string {
  const study = db.prepare("SELECT name FROM studies ORDER BY id").pluck().get() as string | undefined;
  if (study === undefined) return "`belay launch` on this file upgrades it";
  return `\`${commandOn(file, "resume", study, "--dry-run")}\` upgrades it, and runs nothing`;
}

/** The schema version of a database that may be opened: 0 for an empty file. */
export function checkSchema(db: Database, file: string, newest: number = SCHEMA_VERSION): number {
  // All of one moment: another process may be making a database of the file right now.
  const [id, version, tables] = db.transaction(() => [
    db.pragma("application_id", { simple: true }) as number,
    db.pragma("user_version", { simple: true }) as number,
    db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number,
  ])() as [number, number, number];
  if (id !== APPLICATION_ID && (id !== 0 || version !== 0 || tables > 0)) {
    throw otherProgram(file);
  }
  if (version > newest) throw newerSchema(file, version, newest);
  return version;
}

/** The error for a file that is not Belay's. */
export function otherProgram(file: string): BelayError {
  const text = "expected a database of Belay, got another program's; name a file with --db";
  return new BelayError("schema", `${file}: ${text}`);
}

/** The error for a file of a schema that is not known yet. */
export function newerSchema(file: string, version: number, newest: number): BelayError {
  const versions = `its schema ${version} is newer than this Belay's, ${newest}`;
  return new BelayError("schema", `${file}: ${versions}: update Belay, or name another file with --db`);
}
