import type { Database } from "better-sqlite3";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { MIGRATIONS } from "../migrations.ts";

/** A new, empty database of a schema, in memory: what a damaged one should look like. */
export function modelDatabase(version: number): Database {
  const model = openDatabase(":memory:");
  migrate(model, ":memory:", MIGRATIONS.slice(0, version));
  return model;
}

/** The texts that make a schema. */
export function schemaTexts(db: Database): Set<string> {
  return new Set(db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").pluck().all() as string[]);
}
