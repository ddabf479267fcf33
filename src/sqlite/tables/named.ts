import type { Database, RunResult } from "better-sqlite3";

/** A prepared statement with named parameters. */
interface NamedStatement<Parameters, Row> {
  run(parameters: Parameters): RunResult;
  get(parameters: Parameters): Row | undefined;
  all(parameters: Parameters): Row[];
}

type Value = string | number | null;

/**
 * Prepares SQL with named parameters (`@trials`), so that callers need not keep values in the order of the SQL. SQLite
 * gets them by position: better-sqlite3 would look up each name at every call, which costs the writes of a short trial
 * 5 % of their processor time. For the same reason the records that those writes insert are spelled out field by field,
 * since an object spread costs 10 %.
 *
 * @param sql - Must contain no `@` in a text or comment.
 */
export function prepareNamed<Parameters extends object = Readonly<Record<string, unknown>>, Row = unknown>(
  db: Database,
  sql: string,
): NamedStatement<Parameters, Row> {
  const names: string[] = [];
  const statement = db.prepare<Value[], Row>(
    sql.replaceAll(/@(\w+)/g, (_, name: string) => {
      names.push(name);
      return "?";
    }),
  );
  const inOrder = (parameters: Parameters): Value[] =>
    names.map((name) => {
      const value = (parameters as Readonly<Record<string, Value | undefined>>)[name];
      // SQLite would silently bind NULL.
      if (value === undefined) throw new TypeError(`@${name}: expected a value, got none: ${sql}`);
      return value;
    });
  return {
    run: (parameters) => statement.run(...inOrder(parameters)),
    get: (parameters) => statement.get(...inOrder(parameters)),
    all: (parameters) => statement.all(...inOrder(parameters)),
  };
}
