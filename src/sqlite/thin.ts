import { liveness } from "../machine/identity.ts";
import { explain } from "./explain.ts";
import { openForWriting } from "./open.ts";
import { lastOwner } from "./tables/owners.ts";
import { retentionTable } from "./tables/retention.ts";

/** What `prune-data` did with one study. */
export interface Thinned {
  readonly study: string;
  /** How many rows were deleted; null for a study that runs, since its coordinator thins it every hour. */
  readonly rows: number | null;
}

/**
 * Deletes details older than `ageMs` from every study that no coordinator runs; SQLite reuses the space for new rows.
 * Results, final readings, peaks and kills are kept.
 */
export function thinData(file: string, ageMs: number, nowMs = Date.now()): Thinned[] {
  const db = openForWriting(file);
  try {
    const retention = retentionTable(db);
    const ages = { memoryMs: ageMs, eventsMs: ageMs, metricsMs: ageMs, slotMemoryMs: ageMs };
    const thin = db.transaction((studyId: number): number | null => {
      const held = lastOwner(db, studyId);
      if (held && held.releasedAtMs === null && liveness(held) !== "dead") return null;
      let rows = 0;
      for (let more = 1; more > 0; rows += more) more = retention.thin(studyId, nowMs, ages);
      return rows;
    });
    return db
      .prepare<[], { id: number; name: string }>("SELECT id, name FROM studies ORDER BY id")
      .all()
      .map(({ id, name }) => ({ study: name, rows: thin.immediate(id) }));
  } catch (error) {
    throw explain(file, error);
  } finally {
    db.close();
  }
}
