import Database from "better-sqlite3";

type AnyStatement = Database.Statement<unknown[], unknown>;

/**
 * From Node 24.19 on the base class of better-sqlite3's objects asks for the current context when it is destroyed, and
 * aborts the process when the garbage collector does that outside of one: so none of them may ever be collected there.
 */
const MUST_KEEP = Number(process.versions.node.split(".")[0]) >= 24;

const kept: unknown[] = [];

/**
 * The only place that opens a database file.
 *
 * Under Node 24 and later the connection is kept for the life of the process, and so are its statements: they are few,
 * and each pragma's is made once. Iterators would be many, so all rows are read at once instead.
 */
export function openDatabase(file: string, options?: Database.Options): Database.Database {
  const db = new Database(file, options);
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
