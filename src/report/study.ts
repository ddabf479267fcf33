import type { Database } from "better-sqlite3";
import { BelayError, didYouMean, show } from "../core/error.ts";
import type { StudyRow } from "../store/records.ts";
import { type RawStudy, toStudy } from "../store/rows.ts";

/**
 * The study of that name.
 *
 * @throws BelayError `usage`: none; the nearest name is offered.
 */
export function requireStudy(db: Database, name: string): StudyRow {
  const raw = db.prepare<[string], RawStudy>("SELECT * FROM studies WHERE name = ?").get(name);
  if (raw) return toStudy(raw);
  const names = db.prepare("SELECT name FROM studies ORDER BY id DESC").pluck().all() as string[];
  const hint = names.length === 0 ? ": there is none in this database" : didYouMean(name, names, show);
  throw new BelayError("usage", `study: expected a name that exists, got ${show(name)}${hint}`);
}

/** Runs `read` on one state of the database, whatever is written meanwhile. */
export function inSnapshot<T>(db: Database, read: () => T): T {
  return db.inTransaction ? read() : db.transaction(read).deferred();
}

/** ISO text of a stored time. */
export function toIso(atMs: number): string;
export function toIso(atMs: number | null): string | null;
export function toIso(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
