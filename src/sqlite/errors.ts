import { closeSync, existsSync, openSync, readSync } from "node:fs";
import Database from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { commandOn } from "../store/command-line.ts";
import { StoreError } from "../store/store-error.ts";
import { DamagedRow } from "./checksum/intact.ts";

/** The code of the SQLite error that caused an error, such as SQLITE_BUSY; null if none did. */
export function sqliteCode(error: unknown): string | null {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof BelayError ? sqliteCode(error.cause) : null;
}

/** Errors after which the same write can succeed later: a lock, a full disk, a disk that cannot be written. */
const PASSING = /^SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN)/;
/** Errors of the data: a value that its column does not accept. */
const REFUSED = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;

/** Turns an error of SQLite, or a damaged row, into a `StoreError` of one line; returns other errors unchanged. */
export function toStoreError(file: string, error: unknown): unknown {
  if (error instanceof DamagedRow)
    return new StoreError("store", damageLine(file, error.message), { cause: error });
  if (!(error instanceof Database.SqliteError)) return error;
  const [code, text] = describe(file, error);
  const [passing, refused] = [PASSING.test(error.code), REFUSED.test(error.code)];
  return new StoreError(code, `${file}: ${text}`, { cause: error, passing, refused });
}

/**
 * The error of a write. A TypeError or RangeError counts as refused data: JavaScript throws one for a value that cannot
 * be bound to a statement or written as JSON.
 */
export function toWriteError(file: string, error: unknown): unknown {
  if (!(error instanceof TypeError || error instanceof RangeError)) return toStoreError(file, error);
  return new StoreError("internal", error.message, { cause: error, refused: true });
}

/** Runs a read; an error of SQLite becomes a `StoreError` of one line. */
export function readSafely<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw toStoreError(file, error);
  }
}

/** Whether an error of SQLite says that the file is damaged. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(sqliteCode(error) ?? "");
}

/** The error message for a damaged database; `what` says where the damage is. */
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
  const message = error.message.split("\n")[0]!; // For a damaged schema, the text of the schema follows.
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

/** The header and the schema lie within this many bytes from the start of a file. */
const HEAD_BYTES = 2 ** 17;

/** Whether a file or its log contains Belay's schema; its header may be damaged. */
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
