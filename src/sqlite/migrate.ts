import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "../store/command-line.ts";
import { MIGRATIONS } from "./migrations.ts";
import { refuseLiveOwners } from "./tables/owners.ts";

/** SQLite's application_id in the header of every Belay database: "Belay" typed on the keys of a phone. */
export const APPLICATION_ID = 23529;

/** The schema that this version of Belay reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Upgrades a database to the current schema. Each step is one transaction, so that a kill at any moment leaves an
 * intact file of one version. A file without tables becomes a new database in a single one, because another launch that
 * reads it meanwhile would take a part of it for an older version. Foreign keys are not enforced meanwhile,
 * because a step that rebuilds a table drops the old one, which would delete all rows that refer to it.
 *
 * @param migrations - The steps; only tests and repairs pass others.
 * @param options - `takeover`: whether studies are taken from owners that have been silent for a minute.
 * @throws BelayError `schema`: not a Belay database, or one of a newer schema. `owner`: an upgrade while a study runs.
 */
export function migrate(
  db: Database,
  file: string,
  migrations: readonly string[] = MIGRATIONS,
  { takeover = false } = {},
): void {
  const newest = migrations.length;
  const enforced = db.pragma("foreign_keys", { simple: true }) as number;
  db.pragma("foreign_keys = OFF"); // set here, because this pragma has no effect inside a transaction
  try {
    while (checkSchema(db, file, newest) < newest) {
      db.transaction(() => {
        const from = checkSchema(db, file, newest); // Read again under the lock: another process may have upgraded it.
        if (from === newest) return;
        const waiting = "an upgrade of its schema";
        if (from > 0) refuseLiveOwners(db, { file, waiting, takeover, nowMs: Date.now() });
        const to = from === 0 ? newest : from + 1;
        for (const step of migrations.slice(from, to)) db.exec(step);
        db.pragma(`application_id = ${APPLICATION_ID}`);
        db.pragma(`user_version = ${to}`);
      }).immediate();
    }
  } finally {
    db.pragma(`foreign_keys = ${enforced}`);
  }
}

/** Advice that names a command which upgrades a file of an older schema. */
export function upgradeAdvice(db: Database, file: string): string {
  const study = db.prepare("SELECT name FROM studies ORDER BY id").pluck().get() as string | undefined;
  if (study === undefined) return "`belay launch` on this file upgrades it";
  return `\`${commandOn(file, "resume", study, "--dry-run")}\` upgrades it, and runs nothing`;
}

/**
 * The schema version of a database; 0 for an empty file.
 *
 * @throws BelayError `schema`: not a Belay database, or one of a newer schema.
 */
export function checkSchema(db: Database, file: string, newest: number = SCHEMA_VERSION): number {
  // One transaction, because another process may be creating the database at this moment.
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

/** The error for a database of another program. */
export function otherProgram(file: string): BelayError {
  const text = "expected a database of Belay, got another program's; name a file with --db";
  return new BelayError("schema", `${file}: ${text}`);
}

/** The error for a file whose schema is newer than this version of Belay. */
export function newerSchema(file: string, version: number, newest: number): BelayError {
  const versions = `its schema ${version} is newer than this Belay's, ${newest}`;
  return new BelayError("schema", `${file}: ${versions}: update Belay, or name another file with --db`);
}
