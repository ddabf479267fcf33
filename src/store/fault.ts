import Database from "better-sqlite3";
import { BelayError } from "../core/error.ts";

/** The SQLite error under a `store` error, such as SQLITE_BUSY or SQLITE_FULL; null for other errors. */
export function sqliteCode(error: unknown): string | null {
  if (error instanceof Database.SqliteError) return error.code;
  return error instanceof BelayError ? sqliteCode(error.cause) : null;
}

/**
 * Whether trying the same write again later can succeed: the file was locked for longer than the busy timeout, the
 * disk was full or could not be written. The failed transaction left nothing behind.
 */
export function isPassing(error: unknown): boolean {
  return /^SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN)/.test(sqliteCode(error) ?? "");
}

/**
 * Whether what was recorded before is still there, so that a resume goes on from it: the write can succeed later, or
 * the disk has refused a sync.
 */
export function isResumable(error: unknown): boolean {
  return (
    isPassing(error) || (error instanceof BelayError && error.code === "store" && isSystemError(error.cause))
  );
}

/**
 * Whether the database has refused the very data of a write: it can never succeed, and says nothing about other writes.
 * What cannot even be bound to a statement is told by errors of the language.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(sqliteCode(error) ?? "");
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

/** Turns what SQLite throws into one line about the file; other errors come back as they are. */
export function toStoreError(file: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const [code, text] = describe(error);
  return new BelayError(code, `${file}: ${text}`, { cause: error });
}

function describe(error: { readonly code: string; readonly message: string }): ["store" | "schema", string] {
  const { code } = error;
  if (code === "SQLITE_NOTADB")
    return ["schema", "expected a Belay database, got a file that is not a database"];
  if (code.startsWith("SQLITE_BUSY")) {
    return ["store", "expected the database to be free within 5 s, got a lock that another program holds"];
  }
  if (code === "SQLITE_FULL") return ["store", "expected room on the disk, got a disk that is full"];
  if (code.startsWith("SQLITE_READONLY"))
    return ["store", "expected a database that can be written, got a read-only one"];
  if (code.startsWith("SQLITE_CORRUPT")) {
    return ["store", `expected an intact database, got a damaged one (${error.message})`];
  }
  if (code.startsWith("SQLITE_CANTOPEN"))
    return ["store", "expected a file that can be opened, got one that cannot"];
  return ["store", `expected to read and write the database, got ${code}: ${error.message}`];
}
