import { createRequire } from "node:module";
import Database from "better-sqlite3";

type AnyStatement = Database.Statement<unknown[], unknown>;

/**
 * Whether objects of better-sqlite3 must never be garbage-collected. From Node 24.19 on the destructor of their base
 * class asks for the current context, and aborts the process if the garbage collector runs it outside of one.
 */
const MUST_KEEP = Number(process.versions.node.split(".")[0]) >= 24;

const kept: unknown[] = [];

/**
 * The compiled part of better-sqlite3, where its installation puts it. Left to itself, the package tries many places, which
 * takes a short command such as `list` 3 ms. Undefined if it is elsewhere, so that the package does search.
 */
const nativeBinding = compiledPart();

function compiledPart(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("better-sqlite3/build/Release/better_sqlite3.node");
  } catch {
    return undefined;
  }
}

/**
 * Opens a database file; nothing else in Belay does.
 *
 * Under Node 24 and later a connection and its statements are kept until the process ends. They are few, because each
 * pragma is prepared once. Iterators would be many, so `iterate` reads all rows at once instead.
 */
export function openDatabase(file: string, options?: Database.Options): Database.Database {
  const db = new Database(file, nativeBinding === undefined ? options : { nativeBinding, ...options });
  return MUST_KEEP ? keep(db) : db;
}

function keep(db: Database.Database): Database.Database {
  const original = db.prepare.bind(db) as (sql: string) => AnyStatement;
  const pragmas = new Map<string, AnyStatement>();

  const prepare = (sql: string): AnyStatement => {
    const statement = original(sql);
    statement.iterate = (...values) => statement.all(...values)[Symbol.iterator]();
    kept.push(statement);
    return statement;
  };
  const pragma = (source: string, { simple = false } = {}): unknown => {
    const key = `${simple} ${source}`;
    let statement = pragmas.get(key);
    if (!statement) {
      statement = prepare(`PRAGMA ${source}`);
      if (simple && statement.reader) statement.pluck();
      pragmas.set(key, statement);
    }
    if (!statement.reader) return statement.run();
    return simple ? statement.get() : statement.all();
  };

  kept.push(db);
  return Object.assign(db, { prepare, pragma });
}
