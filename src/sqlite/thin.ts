import { liveness } from "../machine/identity.ts";
import { explain } from "./explain.ts";
import { openWriter } from "./open.ts";
import { lastOwner } from "./tables/owners.ts";
import { retentionTable } from "./tables/retention.ts";

/** What `prune-data` did with one study. */
export interface Thinned {
  readonly study: string;
  /** Rows taken out; null: a coordinator runs it, and thins it itself every hour. */
  readonly rows: number | null;
}

/**
 * Thins what is older than `ageMs` in every study that nobody runs, and hands the space back to the file. Results,
 * final readings, peaks and kills stay.
 */
export function thinData(file: string, ageMs: number, nowMs = Date.now()): Thinned[] {
  const db = openWriter(file);
  try {
    const retention = retentionTable(db);
    const ages = { memoryMs: ageMs, eventsMs: ageMs, metricsMs: ageMs };
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
