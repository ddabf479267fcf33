import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { type Identity, liveness } from "./identity.ts";
import { MIGRATIONS } from "./migrations.ts";

/** "Belay" on a phone's keys, in the header of every database of ours (SQLite's application_id). */
export const APPLICATION_ID = 23529;

/** The schema that this version of Belay reads and writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Brings a database to the current schema, a transaction for each step: killed at any moment, the file is whole and of
 * one version. A file without tables becomes a new database.
 *
 * @param migrations - The steps; others than today's only in tests.
 * @throws BelayError `schema`: not a database of Belay, or of a newer schema. `owner`: an upgrade while a study runs.
 */
export function migrate(db: Database, file: string, migrations: readonly string[] = MIGRATIONS): void {
  const newest = migrations.length;
  while (checkSchema(db, file, newest) < newest) {
    db.transaction(() => {
      const from = checkSchema(db, file, newest); // Again, under the lock: another process may have been quicker.
      if (from === newest) return;
      if (from > 0) refuseLiveOwners(db, file, "an upgrade of the schema");
      db.exec(migrations[from]!);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${from + 1}`);
    }).immediate();
  }
}

/** The schema version of a database that may be opened: 0 for an empty file. */
export function checkSchema(db: Database, file: string, newest: number = SCHEMA_VERSION): number {
  const id = db.pragma("application_id", { simple: true }) as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
  if (id !== APPLICATION_ID && (id !== 0 || version !== 0 || tables > 0)) {
    throw new BelayError(
      "schema",
      `${file}: expected a database of Belay, got another program's; name a file with --db`,
    );
  }
  if (version > newest) {
    const versions = `expected schema ${newest} or older, got ${version}`;
    throw new BelayError(
      "schema",
      `${file}: ${versions}, written by a newer Belay: update Belay, or name another file with --db`,
    );
  }
  return version;
}

/** @throws BelayError `owner`: a coordinator is at work on a study of this file. */
export function refuseLiveOwners(db: Database, file: string, purpose: string): void {
  const owners = db
    .prepare<[], Identity & { study: string }>(
      `SELECT s.name AS study, pid, process_start AS processStart, boot_id AS bootId, namespace, hostname
       FROM owners o JOIN studies s ON s.id = o.study_id
       WHERE released_at IS NULL AND epoch = (SELECT max(epoch) FROM owners WHERE study_id = o.study_id)`,
    )
    .all();
  const live = owners.find((owner) => liveness(owner) !== "dead");
  if (!live) return;
  const line = `${file}: expected no running study for ${purpose}, got ${live.study} (pid ${live.pid})`;
  throw new BelayError("owner", `${line}; stop it first`);
}
