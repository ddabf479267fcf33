import type { Database, Statement } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import type { Json } from "../core/trial.ts";
import { toStoreError } from "../store/fault.ts";

/** The answer to `sql`. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Json[]>;
}

/** Pragmas that tell and change nothing. */
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

/**
 * Runs one SELECT (or EXPLAIN, VALUES, WITH, a pragma that only tells) on a connection that was opened for reading.
 *
 * @throws BelayError `usage`: anything that would write or attach, several statements, and what SQLite says of a
 *   wrong one.
 */
export function runSql(db: Database, text: string): SqlResult {
  const statement = prepare(db, text);
  if (!statement.reader || !statement.readonly || !isHarmlessPragma(text)) {
    throw new BelayError(
      "usage",
      "sql: expected a statement that only reads (SELECT), got one that writes, attaches or sets",
    );
  }
  const columns = statement.columns().map(({ name }) => name);
  return { columns, rows: readRows(db, statement) };
}

/** The rows as objects by column name, as `sql --json` prints them. */
export function* toObjects({ columns, rows }: SqlResult): Generator<Record<string, Json>> {
  for (const row of rows) yield Object.fromEntries(columns.map((column, i) => [column, row[i]!]));
}

function prepare(db: Database, text: string): Statement {
  try {
    return db.prepare(text);
  } catch (error) {
    if (error instanceof RangeError) {
      const got = /more than one/.test(error.message) ? "several" : "none";
      throw new BelayError("usage", `sql: expected one statement, got ${got}`, { cause: error });
    }
    const { message } = error as Error;
    throw new BelayError("usage", `sql: expected a statement that SQLite understands, got: ${message}`, {
      cause: error,
    });
  }
}

/** True for what is no pragma at all. */
function isHarmlessPragma(text: string): boolean {
  const bare = text.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, "");
  if (!/^pragma\b/i.test(bare)) return true;
  const match = /^pragma\s+(?:\w+\s*\.\s*)?(\w+)\s*(=|\(|;|$)/i.exec(bare);
  if (!match) return false;
  const [, name, then] = match as unknown as [string, string, string];
  if (!PRAGMAS.includes(name.toLowerCase()) || then === "=") return false;
  // With brackets some of them set: `journal_mode(delete)`.
  return then !== "(" || /_(list|info|xinfo|check)$/i.test(name);
}

function* readRows(db: Database, statement: Statement): Generator<Json[]> {
  try {
    for (const row of statement.raw().iterate() as Iterable<unknown[]>) yield row.map(toJson);
  } catch (error) {
    throw toStoreError(db.name, error);
  }
}

function toJson(value: unknown): Json {
  if (Buffer.isBuffer(value)) return `x'${value.toString("hex")}'`;
  return value as Json;
}
