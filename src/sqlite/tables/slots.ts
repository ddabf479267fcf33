import type { Database } from "better-sqlite3";
import { SLOT_MEMORY_MS, type SlotReading } from "../../store/activity.ts";
import { rounded } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** The statements on `slots` and `slot_memory`. */
export function slotTables(db: Database) {
  const clear = db.prepare<[number]>("DELETE FROM slots WHERE study_id = ?");
  const insert = prepareNamed(
    db,
    `INSERT OR REPLACE INTO slots (study_id, slot, at, state, trial, split, nth, split_started_at, split_timeout_ms,
       rss_bytes, limit_bytes, pid)
     VALUES (@studyId, @slot, @atMs, @state, @trial, @split, @nth, @splitStartedAtMs, @splitTimeoutMs,
       @rssBytes, @limitBytes, @pid)`,
  );
  const extend = prepareNamed(
    db,
    `INSERT INTO slot_memory (study_id, at, slot, min_bytes, max_bytes, trial, limit_bytes)
     VALUES (@studyId, @bucketMs, @slot, @minBytes, @maxBytes, @trial, @limitBytes)
     ON CONFLICT DO UPDATE SET min_bytes = min(min_bytes, excluded.min_bytes),
       max_bytes = max(max_bytes, excluded.max_bytes), trial = coalesce(excluded.trial, trial),
       limit_bytes = excluded.limit_bytes`,
  );
  return {
    /** Replaces the slots of a study, and adds what their hosts hold to their memory over time. */
    record(studyId: number, slots: readonly SlotReading[], atMs: number): void {
      clear.run(studyId);
      const bucketMs = Math.floor(atMs / SLOT_MEMORY_MS) * SLOT_MEMORY_MS;
      for (const reading of slots) {
        const { slot, state, trial, split, nth, splitElapsedMs, pid } = reading;
        const limitBytes = rounded(reading.limitBytes);
        insert.run({
          ...{ studyId, slot, atMs, state, trial, split, nth, pid, limitBytes },
          splitStartedAtMs: splitElapsedMs === null ? null : Math.round(atMs - splitElapsedMs),
          splitTimeoutMs: rounded(reading.splitTimeoutMs),
          rssBytes: rounded(reading.rssBytes),
        });
        const [minBytes, maxBytes] = [rounded(reading.minBytes), rounded(reading.maxBytes)];
        if (minBytes === null || maxBytes === null) continue;
        extend.run({ studyId, bucketMs, slot, minBytes, maxBytes, trial, limitBytes });
      }
    },
    /** Forgets the slots of a study that nobody runs any more. */
    clear: (studyId: number) => void clear.run(studyId),
  };
}
