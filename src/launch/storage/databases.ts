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
 * @param onCopy - Hears that a copy is read, because the file itself cannot be.
 * @throws BelayError `store`: it is damaged, besides what `read` throws.
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
export async function studyExists(file: string, name: string): Promise<boolean> {
  if (!existsSync(file) || schemaVersion(file) === 0) return false;
  return withReader(file, async (reader) => (await reader.study(name)) !== null);
}

/** @throws BelayError `usage`: there is none of that name; the nearest is offered. */
export function readStudyRow(file: string, name: string): Promise<StudyRow> {
  return withReader(file, (reader) => requireStudy(reader, name));
}

/** Whether a coordinator runs it now. */
export async function isLive(file: string, study: StudyRow): Promise<boolean> {
  return (await withReader(file, (reader) => summarize(reader, study))).owner !== null;
}
