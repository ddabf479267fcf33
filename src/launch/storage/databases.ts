import { existsSync } from "node:fs";
import { summarize } from "../../report/list.ts";
import { requireStudy } from "../../report/study.ts";
import { explain } from "../../sqlite/explain.ts";
import { networkFileSystem } from "../../sqlite/file-system.ts";
import { SCHEMA_VERSION } from "../../sqlite/migrate.ts";
import { refuseUnwritableFolder, schemaVersion, upgradeDatabase } from "../../sqlite/open.ts";
import { openSqliteReader } from "../../sqlite/reader.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Listen } from "../events.ts";

/**
 * Reads from a database and closes it, whatever happens.
 *
 * @param onCopy - Called with a line for people when a copy is read because the file itself cannot be.
 * @throws BelayError `store` when the database is damaged; and all that `read` throws.
 */
export async function withReader<T>(
  file: string,
  read: (reader: Reader) => Promise<T>,
  onCopy: (text: string) => void = () => {},
): Promise<T> {
  const reader = await openSqliteReader(file, { onCopy });
  try {
    return await read(reader);
  } catch (error) {
    throw explain(file, error);
  } finally {
    await reader.close();
  }
}

/**
 * Checks, before anything slow, that a run can write its results, and brings the schema of an existing file up to date;
 * an upgrade is a note to the listener. No file is created.
 */
export function checkDatabase(file: string, listen: Listen, { takeover = false } = {}): void {
  refuseUnwritableFolder(file);
  if (!existsSync(file)) return;
  const from = upgradeDatabase(file, { takeover });
  if (from !== null)
    listen({ kind: "note", text: `${file}: upgraded from schema ${from} to ${SCHEMA_VERSION}` });
}

/** Warns when the database is on a file system whose locks cannot be relied on. */
export function warnOfNetwork(file: string, listen: Listen): void {
  const system = networkFileSystem(file);
  if (system === null) return;
  const text = `${file} is on a network or user-space file system (${system}): its locks and shared memory may not hold between machines, and a database can be damaged; take a local disk with --db and copy with \`belay backup\``;
  listen({ kind: "note", text });
}

/** Whether a database has a study of this name. An empty file has none: another launch may be creating its tables now. */
export async function studyExists(file: string, name: string): Promise<boolean> {
  if (!existsSync(file) || schemaVersion(file) === 0) return false;
  return withReader(file, async (reader) => (await reader.study(name)) !== null);
}

/** @throws BelayError `usage` when there is no study of that name; the nearest name is offered. */
export function readStudyRow(file: string, name: string): Promise<StudyRow> {
  return withReader(file, (reader) => requireStudy(reader, name));
}

/** Whether a live coordinator runs the study now. */
export async function isLive(file: string, study: StudyRow): Promise<boolean> {
  return (await withReader(file, (reader) => summarize(reader, study))).owner !== null;
}
