import type { Database, Statement } from "better-sqlite3";
import { BelayError } from "../../core/error.ts";
import type { SqlCell } from "../../store/reader.ts";
import { isDamage, toStoreError } from "../errors.ts";

/** The pragmas that are allowed, because they only read. */
const PRAGMAS = [
  ...[
    "table_list",
    "table_info",
    "table_xinfo",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
  ],
  ...[
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "user_version",
    "application_id",
    "page_count",
    "page_size",
  ],
  ...["freelist_count", "journal_mode", "synchronous", "encoding", "compile_options"],
];

const PAGE = 500;

/**
 * Prepares one read-only statement: SELECT, EXPLAIN, VALUES, WITH or an allowed pragma.
 *
 * @throws BelayError `usage`: a statement that would write or attach, several statements, or one that SQLite rejects.
 */
export function prepareSql(db: Database, text: string): Statement {
  const statement = prepare(db, text);
  if (!statement.reader || !statement.readonly || !isHarmlessPragma(text)) {
    throw new BelayError(
      "usage",
      "sql: expected a statement that only reads (SELECT), got one that writes, attaches or sets",
    );
  }
  return statement;
}

/** Runs one read-only statement and yields its rows a page at a time; the rows before an error are yielded first. */
export function* readRows(db: Database, text: string): Generator<SqlCell[][]> {
  const statement = prepareSql(db, text);
  let page: SqlCell[][] = [];
  try {
    for (const row of statement.safeIntegers().raw().iterate() as Iterable<unknown[]>) {
      page.push(row.map(toCell));
      if (page.length < PAGE) continue;
      const full = page;
      page = [];
      yield full;
    }
  } catch (error) {
    yield page;
    throw toStoreError(db.name, error);
  }
  yield page;
}

function prepare(db: Database, text: string): Statement {
  try {
    return db.prepare(text);
  } catch (error) {
    if (error instanceof RangeError) {
      const got = /more than one/.test(error.message) ? "several" : "none";
      throw new BelayError("usage", `sql: expected one statement, got ${got}`);
    }
    if (isDamage(error)) throw toStoreError(db.name, error);
    const { message } = error as Error;
    throw new BelayError("usage", `sql: expected a statement that SQLite understands, got: ${message}`, {
      cause: error,
    });
  }
}

/** Whether a statement is no pragma, or an allowed one that is not assigned a value. */
function isHarmlessPragma(text: string): boolean {
  const bare = text.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  if (!/^pragma\b/i.test(bare)) return true;
  const match = /^pragma\s+(?:\w+\s*\.\s*)?(\w+)\s*(=|\(|;|$)/i.exec(bare);
  if (!match) return false;
  const [, name, then] = match as unknown as [string, string, string];
  if (!PRAGMAS.includes(name.toLowerCase()) || then === "=") return false;
  // With an argument in brackets some pragmas assign, such as `journal_mode(delete)`.
  return then !== "(" || /_(list|info|xinfo|check)$/i.test(name);
}

function toCell(value: unknown): SqlCell {
  if (Buffer.isBuffer(value)) return `x'${value.toString("hex")}'`;
  if (typeof value !== "bigint") return value as SqlCell;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
