import Database from "better-sqlite3";

type AnyStatement = Database.Statement<unknown[], unknown>;

const kept: unknown[] = [];

/**
 * Opens a database file. Whoever opens one does it here.
 *
 * It and its statements are kept for the life of the process. On Node 24 (24.21 for one) the base class of better-sqlite3's
 * objects asks for the current context when it is destroyed, and aborts the process when the garbage collector does that
 * outside of one: so none of them may ever be collected. Statements are few; those of pragmas are made once each.
 */
export function openDatabase(file: string, options?: Database.Options): Database.Database {
  const db = new Database(file, options);
  const original = db.prepare.bind(db) as (sql: string) => AnyStatement;
  const pragmas = new Map<string, AnyStatement>();

  const prepare = (sql: string): AnyStatement => {
    const statement = original(sql);
    const iterate = statement.iterate.bind(statement);
    statement.iterate = (...values) => {
      const rows = iterate(...values);
      kept.push(rows);
      return rows;
    };
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
