import type { Database, Statement } from "better-sqlite3";
import { BelayError } from "../core/error.ts";
import { isDamage, toStoreError } from "../store/fault.ts";
import type { Cell } from "./format.ts";

/** The answer to `sql`. */
export interface SqlResult {
  readonly columns: readonly string[];
  /** Whole numbers that a double cannot hold are bigints; a blob is text such as `x'00ff'`. */
  readonly rows: Iterable<readonly Cell[]>;
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

/** The rows as objects by column name, as `sql --json` prints them; a name that comes again is `name_2`. */
export function* toObjects({ columns, rows }: SqlResult): Generator<Record<string, Cell>> {
  const names = distinct(columns);
  for (const row of rows) yield Object.fromEntries(names.map((name, i) => [name, row[i]!]));
}

function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let i = 2; taken.has(free) || (free !== name && names.includes(free)); i++) free = `${name}_${i}`;
    taken.add(free);
    return free;
  });
}

function prepare(db: Database, text: string): Statement {
  try {
    return db.prepare(text);
  } catch (error) {
    if (error instanceof RangeError) {
      const got = /more than one/.test(error.message) ? "several" : "none";
      throw new BelayError("usage", `sql: expected one statement, got ${got}`, { cause: error });
    }
    if (isDamage(error)) throw toStoreError(db.name, error);
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

function* readRows(db: Database, statement: Statement): Generator<Cell[]> {
  try {
    for (const row of statement.safeIntegers().raw().iterate() as Iterable<unknown[]>) yield row.map(toCell);
  } catch (error) {
    throw toStoreError(db.name, error);
  }
}

function toCell(value: unknown): Cell {
  if (Buffer.isBuffer(value)) return `x'${value.toString("hex")}'`;
  if (typeof value !== "bigint") return value as Cell;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}
