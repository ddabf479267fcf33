import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { openDatabase } from "./database.ts";
import { sqliteCode, toStoreError } from "./fault.ts";
import { checkSchema, migrate, SCHEMA_VERSION } from "./migrate.ts";

/** How long a statement waits for another program's lock before it fails. */
export const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a database for writing: creates the file when it is missing, and brings an older schema up to date.
 *
 * @throws BelayError `store`, `schema` or `owner`, one line that names the file. Files that are not Belay's are left
 *   as they are.
 */
export function openWriter(file: string): Database {
  refuseUnwritableFolder(file);
  return opened(file, () => openDatabase(file, { timeout: BUSY_TIMEOUT_MS }), prepareWriter);
}

/** @throws BelayError `store`: the folder of a database, or the database itself, cannot be written. */
export function refuseUnwritableFolder(file: string): void {
  refuseBadPath(file);
  refuseUnwritable(dirname(resolve(file)));
  if (existsSync(file)) refuseUnwritable(file);
}

/**
 * Opens a database for reading. Never creates or changes a database, and never holds up a writer.
 *
 * @throws BelayError `store` or `schema`, one line that names the file: a missing file among them.
 */
export function openReader(file: string): Database {
  refuseBadPath(file);
  if (!existsSync(file)) {
    throw new BelayError(
      "store",
      `${file}: expected a Belay database, got no such file; name another with --db`,
    );
  }
  try {
    return opened(
      file,
      () => openDatabase(file, { timeout: BUSY_TIMEOUT_MS, readonly: true }),
      prepareReader,
    );
  } catch (error) {
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? "")) throw error;
    return opened(file, () => openCopy(file), prepareReader);
  }
}

function opened(file: string, open: () => Database, prepare: (db: Database, file: string) => void): Database {
  let db: Database | null = null;
  try {
    db = open();
    prepare(db, file);
    return db;
  } catch (error) {
    db?.close();
    throw toStoreError(file, error);
  }
}

function prepareWriter(db: Database, file: string): void {
  checkSchema(db, file); // Before the first write: the file may not be ours.
  enterWal(db);
  db.pragma("foreign_keys = ON");
  db.pragma("journal_size_limit = 67108864");
  migrate(db, file);
}

/** The busy timeout does not hold for this change of mode, which two programs may make at the same moment. */
function enterWal(db: Database): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      if (!sqliteCode(error)?.startsWith("SQLITE_BUSY") || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function prepareReader(db: Database, file: string): void {
  db.pragma("query_only = ON");
  const version = checkSchema(db, file);
  if (version === 0) throw new BelayError("schema", `${file}: expected a Belay database, got an empty file`);
  if (version < SCHEMA_VERSION) {
    const versions = `expected schema ${SCHEMA_VERSION}, got the older ${version}`;
    throw new BelayError(
      "schema",
      `${file}: ${versions}; \`belay resume\` or \`belay launch\` on this file upgrades it`,
    );
  }
}

/**
 * SQLite can read a WAL database only where it may create the shared-memory file beside it. In a folder that cannot be
 * written nobody else is writing either, so a copy shows the same; it is gone as soon as it is closed.
 */
function openCopy(file: string): Database {
  const folder = mkdtempSync(join(tmpdir(), "belay-"));
  try {
    const copy = join(folder, "copy.db");
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    const db = openDatabase(copy, { timeout: BUSY_TIMEOUT_MS });
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    if (process.platform === "win32")
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return db;
  } finally {
    // Elsewhere the open file lives on without its name.
    if (process.platform !== "win32") rmSync(folder, { recursive: true, force: true });
  }
}

function refuseBadPath(file: string): void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) {
    throw new BelayError(
      "store",
      `${file}: expected a file in a folder that exists, got the missing folder ${folder}`,
    );
  }
  if (existsSync(file) && statSync(file).isDirectory()) {
    throw new BelayError("store", `${file}: expected a database file, got a folder`);
  }
}

function refuseUnwritable(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const kind = statSync(path).isDirectory() ? "folder" : "file";
    const cause = code === "EROFS" ? "on a read-only file system" : "without permission to write";
    throw new BelayError("store", `${path}: expected a ${kind} that can be written, got one ${cause}`, {
      cause: error,
    });
  }
}
