import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname } from "node:path";
import type { Database } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { isAlive } from "../machine/process.ts";
import { realFile } from "../machine/real-file.ts";
import { StoreError } from "../store/store-error.ts";
import { openCopy } from "./copy.ts";
import { logFault } from "./damage/log-fault.ts";
import { openDatabase } from "./database.ts";
import { damageLine, sqliteCode } from "./errors.ts";
import { explain } from "./explain.ts";
import { checkSchema, migrate, SCHEMA_VERSION, upgradeAdvice } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";

/** How long a statement waits for another program's lock before it fails. */
export const BUSY_TIMEOUT_MS = 5_000;

/** Options for opening a database for writing. */
export interface WriteOptions {
  /** Whether an upgrade may take studies from owners that have been silent for a minute. @default false */
  readonly takeover?: boolean;
}

/**
 * Opens a database for writing, creates a missing file and upgrades an older schema.
 *
 * @throws BelayError `store`, `schema` or `owner`, one line that names the file. A file of another program is not
 *   changed.
 */
export function openForWriting(file: string, { takeover = false }: WriteOptions = {}): Database {
  refuseUnwritableFolder(file);
  refuseDamagedLog(file);
  createWhole(realFile(file));
  return opened(
    file,
    () => openDatabase(realFile(file), { timeout: BUSY_TIMEOUT_MS }),
    (db) => {
      checkSchema(db, file); // Checked before the first write, because the file may be another program's.
      enterWal(db);
      db.pragma("foreign_keys = ON");
      db.pragma("journal_size_limit = 67108864");
      migrate(db, file, MIGRATIONS, { takeover });
    },
  );
}

/**
 * Creates a database that does not exist yet. It is made under another name and gets its own once it has all its tables:
 * a program that reads it meanwhile, such as `list` beside the first launch, would find a file without any, and could
 * not tell it from one that has lost them. Where the file system has no hard links, or anything else fails, nothing is
 * created: the caller makes the tables in place, and reports what stands in the way.
 */
function createWhole(real: string): void {
  if (existsSync(real)) return;
  const draft = draftOf(real, process.pid);
  try {
    for (const name of readdirSync(dirname(real))) {
      const pid = Number(name.slice(draftOf(basename(real), "").length));
      if (name.startsWith(draftOf(basename(real), "")) && !isAlive(pid)) removeDraft(draftOf(real, pid));
    }
    removeDraft(draft);
    const db = openDatabase(draft);
    try {
      migrate(db, real);
      db.pragma("journal_mode = WAL");
    } finally {
      db.close();
    }
    linkSync(draft, real); // fails if another launch was first, unlike a rename, which would take its place
    syncFolder(dirname(real));
  } catch {
    // The database is there already, or is made in place.
  } finally {
    removeDraft(draft);
  }
}

const draftOf = (name: string, pid: number | ""): string => `${name}.new-${pid}`;

function removeDraft(draft: string): void {
  for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(`${draft}${end}`, { force: true });
}

/** Makes a new name in a folder durable, as SQLite does for the files that it creates itself. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Upgrades an existing database to the current schema.
 *
 * @returns the version that it had; null if the file is empty or has the current schema.
 * @throws BelayError as `openForWriting` does.
 */
export function upgradeDatabase(file: string, options: WriteOptions = {}): number | null {
  const version = schemaVersion(file);
  if (version === 0 || version === SCHEMA_VERSION) return null;
  openForWriting(file, options).close();
  return version;
}

/** Throws BelayError `store` if a database or its folder cannot be written. */
export function refuseUnwritableFolder(file: string): void {
  const real = refuseBadPath(file);
  refuseInaccessible(dirname(real), constants.W_OK);
  if (existsSync(real)) refuseInaccessible(real, constants.W_OK);
}

/** Options for opening a database for reading. */
export interface ReadOptions {
  /** Whether an older schema is accepted. @default false */
  readonly anySchema?: boolean;
  /** Called with a note for the user if a large file has to be copied to be read. */
  readonly onCopy?: (text: string) => void;
  /** Whether a database in a folder that cannot be written is copied to be read; without it such a one is refused. @default true */
  readonly mayCopy?: boolean;
  /** How long a statement waits for another program's lock, in milliseconds. @default BUSY_TIMEOUT_MS */
  readonly lockMs?: number;
}

/**
 * Opens a database for reading, which never creates or changes it and never blocks a writer.
 *
 * @throws BelayError `store` (also for a missing file) or `schema`, one line that names the file.
 */
export function openForReading(file: string, options: ReadOptions = {}): Database {
  return openChecked(file, options, (db) => {
    const version = checkSchema(db, file);
    if (version === 0)
      throw new BelayError("schema", `${file}: expected a Belay database, got ${emptiness(file)}`);
    if (version < SCHEMA_VERSION && options.anySchema !== true) {
      const versions = `its schema ${version} is older than this Belay's, ${SCHEMA_VERSION}`;
      throw new BelayError("schema", `${file}: ${versions}: ${upgradeAdvice(db, file)}`);
    }
  });
}

/** The schema version of an existing database; 0 for an empty file. @throws BelayError as `openForReading` does. */
export function schemaVersion(file: string): number {
  let version = 0;
  const db = openChecked(file, {}, (db) => {
    version = checkSchema(db, file);
  });
  db.close();
  return version;
}

function openChecked(file: string, options: ReadOptions, check: (db: Database) => void): Database {
  const { onCopy, mayCopy = true, lockMs: timeout = BUSY_TIMEOUT_MS } = options;
  const real = refuseBadPath(file);
  if (!existsSync(real)) {
    throw new BelayError(
      "store",
      `${file}: expected a Belay database, got no such file; name another with --db`,
    );
  }
  refuseInaccessible(real, constants.R_OK);
  refuseDamagedLog(file);
  const prepare = (db: Database): void => {
    db.pragma("query_only = ON");
    check(db);
  };
  try {
    return opened(file, () => openDatabase(real, { timeout, readonly: true }), prepare);
  } catch (error) {
    if (!mayCopy || !/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(error) ?? "")) throw error;
    return opened(file, () => openCopy(real, onCopy), prepare);
  }
}

/** Refuses a database with a damaged log, because SQLite would silently ignore a part of it. */
function refuseDamagedLog(file: string): void {
  const fault = logFault(realFile(file));
  if (fault !== null) throw new BelayError("store", damageLine(file, fault));
}

/** Says why a file has no tables: a run writes to the log first, so the file alone may hold nothing. */
function emptiness(file: string): string {
  return statSync(file).size === 0
    ? "an empty file"
    : "one without tables: what was in the log beside it (-wal) is gone";
}

function opened(file: string, open: () => Database, prepare: (db: Database) => void): Database {
  let db: Database | null = null;
  try {
    db = open();
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw explain(file, error);
  }
}

/** Turns on WAL mode. Two programs may do so at the same time, and SQLite's busy timeout does not apply to it. */
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

/** Refuses a path that cannot be a database file. @returns the path with symbolic links resolved. */
function refuseBadPath(file: string): string {
  const real = realFile(file);
  if (basename(file) === ":memory:") {
    const got = `got ${file}: nothing of it would be left to resume or to query`;
    throw new BelayError("usage", `--db: expected a file, ${got}`);
  }
  if (!existsSync(dirname(real))) {
    throw new BelayError(
      "store",
      `${file}: expected a file in a folder that exists, got the missing folder ${dirname(real)}`,
    );
  }
  const found = statSync(real, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new BelayError("store", `${file}: expected a database file, got a folder`);
  // Opening a pipe would wait for a process at its other end.
  if (found && !found.isFile())
    throw new BelayError("store", `${file}: expected a database file, got a pipe, a socket or a device`);
  return real;
}

function refuseInaccessible(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const verb = mode === constants.W_OK ? "write" : "read";
    const kind = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? "folder" : "file";
    const cause = code === "EROFS" ? "its file system is read-only" : `there is no permission to ${verb}`;
    const participle = mode === constants.W_OK ? "written" : "read";
    throw new StoreError("store", `${path}: the ${kind} cannot be ${participle}: ${cause}`, {
      cause: error,
      resumable: true,
    });
  }
}
