import { existsSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { listStudies, summarize } from "../report/list.ts";
import { requireStudy } from "../report/study.ts";
import { openReader, refuseUnwritableFolder } from "../store/open.ts";
import { networkFileSystem } from "../store/place.ts";
import type { StudyRow } from "../store/rows.ts";

/** Reads from a database and closes it, whatever happens. */
export function reading<T>(file: string, read: (db: Database) => T): T {
  const db = openReader(file);
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** Finds out, before anything slow, whether a launch could write its results: no file is created. */
export function checkDatabase(file: string): void {
  refuseUnwritableFolder(file);
  if (existsSync(file)) reading(file, () => {});
}

/** Says so when the database lies where locks cannot be relied on. */
export function warnOfNetwork(file: string, note: (text: string) => void): void {
  const system = networkFileSystem(file);
  if (system === null) return;
  note(
    `${file} is on a network or user-space file system (${system}): its locks and shared memory may not hold between machines, and a database can be damaged; take a local disk with --db and copy with belay backup`,
  );
}

export function studyExists(file: string, name: string): boolean {
  return existsSync(file) && reading(file, listStudies).some(({ study }) => study === name);
}

/** @throws BelayError `usage`: there is none of that name; the nearest is offered. */
export function readStudy(file: string, name: string): StudyRow {
  return reading(file, (db) => requireStudy(db, name));
}

/** Whether a coordinator runs it now. */
export function isLive(file: string, study: StudyRow): boolean {
  return reading(file, (db) => summarize(db, study)).owner !== null;
}
