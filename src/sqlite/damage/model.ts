import type { Database } from "better-sqlite3";
import { openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import { MIGRATIONS } from "../migrations.ts";

const models = new Map<number, Database>();

/**
 * An empty in-memory database of a schema version, as a model for a damaged one. It is made once and shared, so a
 * caller that inserts rows must delete them again.
 */
export function modelDatabase(version: number): Database {
  let model = models.get(version);
  if (!model) {
    model = openDatabase(":memory:");
    model.pragma("foreign_keys = OFF");
    migrate(model, ":memory:", MIGRATIONS.slice(0, version));
    models.set(version, model);
  }
  return model;
}

/** The SQL texts of a database's schema. */
export function schemaTexts(db: Database): Set<string> {
  return new Set(db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").pluck().all() as string[]);
}
