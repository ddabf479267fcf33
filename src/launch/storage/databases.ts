import { existsSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { listStudies, summarize } from "../../report/list.ts";
import { requireStudy } from "../../report/study.ts";
import { explain } from "../../store/explain.ts";
import { SCHEMA_VERSION } from "../../store/migrate.ts";
import { openReader, refuseUnwritableFolder, schemaVersion, upgradeDatabase } from "../../store/open.ts";
import { networkFileSystem } from "../../store/place.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Listen } from "../events.ts";

/**
 * Reads from a database and closes it, whatever happens.
 *
 * @param onCopy - Hears that a copy is read, because the file itself cannot be.
 * @throws BelayError `store`: it is damaged, besides what `read` throws.
 */
export function reading<T>(
  file: string,
  read: (db: Database) => T,
  onCopy: (text: string) => void = () => {},
): T {
  const db = openReader(file, { onCopy });
  try {
    return read(db);
  } catch (error) {
    throw explain(file, error);
  } finally {
    db.close();
  }
}

/**
 * Finds out, before anything slow, whether a run could write its results, and brings the schema of a file that is there
 * up to date; no file is created. Listeners hear that the schema has changed.
 */
export function checkDatabase(file: string, listen: Listen, { takeover = false } = {}): void {
  refuseUnwritableFolder(file);
  if (!existsSync(file)) return;
  const from = upgradeDatabase(file, { takeover });
  if (from !== null)
    listen({ kind: "note", text: `${file}: upgraded from schema ${from} to ${SCHEMA_VERSION}` });
}

/** Says so when the database lies where locks cannot be relied on. */
export function warnOfNetwork(file: string, listen: Listen): void {
  const system = networkFileSystem(file);
  if (system === null) return;
  const text = `${file} is on a network or user-space file system (${system}): its locks and shared memory may not hold between machines, and a database can be damaged; take a local disk with --db and copy with \`belay backup\``;
  listen({ kind: "note", text });
}

/** An empty file has none: another launch may be making a database of it right now. */
export function studyExists(file: string, name: string): boolean {
  if (!existsSync(file) || schemaVersion(file) === 0) return false;
  return reading(file, listStudies).some(({ study }) => study === name);
}

/** @throws BelayError `usage`: there is none of that name; the nearest is offered. */
export function readStudyRow(file: string, name: string): StudyRow {
  return reading(file, (db) => requireStudy(db, name));
}

/** Whether a coordinator runs it now. */
export function isLive(file: string, study: StudyRow): boolean {
  return reading(file, (db) => summarize(db, study)).owner !== null;
}
