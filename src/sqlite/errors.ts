import { closeSync, existsSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "../store/command-line.ts";
import { StoreError } from "../store/store-error.ts";
import { DamagedRow } from "./checksum/intact.ts";

/** The SQLite error under a `store` error, such as SQLITE_BUSY or SQLITE_FULL; null for other errors. */
export function sqliteCode(error: unknown): string | null {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof BelayError ? sqliteCode(error.cause) : null;
}

/** The file was locked for longer than the busy timeout, or the disk was full or could not be written. */
const PASSING = /^SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN)/;
/** A value that no column takes. */
const REFUSED = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;

/** Turns what SQLite throws, and a damaged row, into one line about the file; other errors come back as they are. */
export function toStoreError(file: string, error: unknown): unknown {
  if (error instanceof DamagedRow)
    return new StoreError("store", damageLine(file, error.message), { cause: error });
  if (!(error instanceof Database.SqliteError)) return error;
  const [code, text] = describe(file, error);
  const [passing, refused] = [PASSING.test(error.code), REFUSED.test(error.code)];
  return new StoreError(code, `${file}: ${text}`, { cause: error, passing, refused });
}

/**
 * The error of a write. What cannot even be bound to a statement, or written as JSON, is told by errors of the
 * language: it is refused data as well.
 */
export function toWriteError(file: string, error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return toStoreError(file, error);
  return new StoreError("internal", error.message, { cause: error, refused: true });
}

/** Reads from a database; what SQLite throws becomes one line about the file. */
export function readSafely<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toStoreError(file, error);
  }
}

/** Whether SQLite has met damage. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(sqliteCode(error) ?? "");
}

/** The line of every command that meets damage. */
export function damageLine(file: string, what: string): string {
  return `${file}: ${damaged(file, what)}`;
}

function damaged(file: string, what: string): string {
  const advice = `\`${commandOn(file, "repair")}\` saves what can be read`;
  return `the database is damaged (${what}); ${advice}`;
}

function describe(
  file: string,
  error: { readonly code: string; readonly message: string },
): ["store" | "schema", string] {
  const { code } = error;
  const message = error.message.split("\n")[0]!; // That of a damaged schema goes on with its text.
  if (code === "SQLITE_NOTADB") {
    return isOurs(file)
      ? ["store", damaged(file, "its header is wrong")]
      : ["schema", "expected a Belay database, got a file that is not a database"];
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return [
      "store",
      "another program has kept the database locked for more than 5 s: wait for it, or end it",
    ];
  }
  if (code === "SQLITE_FULL") return ["store", "the disk is full: free some space"];
  if (code.startsWith("SQLITE_READONLY"))
    return ["store", "the database cannot be written: it, its folder or its disk is read-only"];
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_IOERR_SHORT_READ") {
    return ["store", damaged(file, message)];
  }
  if (code.startsWith("SQLITE_CANTOPEN"))
    return ["store", "the file cannot be opened: look at its permissions, and at those of its folder"];
  return ["store", `SQLite cannot read or write the database: ${code}: ${message}`];
}

/** In this much of a file lie its schema and its header, wherever else the damage is. */
const HEAD_BYTES = 2 ** 17;

/** Whether a file was a database of Belay, whatever its header says now. */
export function isOurs(file: string): boolean {
  for (const name of [file, `${file}-wal`]) {
    if (!existsSync(name)) continue;
    const fd = openSync(name, "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      readSync(fd, head, 0, HEAD_BYTES, 0);
      if (head.includes("CREATE TABLE attempts (")) return true;
    } finally {
      closeSync(fd);
    }
  }
  return false;
}
