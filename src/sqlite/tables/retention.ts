import type { Database } from "better-sqlite3";
import type { RetentionAges } from "../../store/retention.ts";
import { prepareNamed } from "./named.ts";

/** Metrics are thinned to one row a minute, and after this many times that age to one in ten minutes. */
const OLD_FACTOR = 10;
/** How many rows of a table one pass deletes at most, so that no transaction locks the file for long. */
const MOST = 20_000;

/** Selects the rows of a study that are older than a moment. */
interface Aged {
  readonly studyId: number;
  readonly beforeMs: number;
}

/** The statements that delete old details. Final readings, peaks, kills and what people did are never deleted. */
export function retentionTable(db: Database) {
  const memory = prepareNamed<Aged>(
    db,
    `DELETE FROM memory_log WHERE (trial_id, attempt, phase, split) IN (
       SELECT m.trial_id, m.attempt, m.phase, m.split FROM memory_log m JOIN trials t ON t.id = m.trial_id
       WHERE t.study_id = @studyId AND t.state IN ('complete', 'pruned', 'fail') AND t.finished_at < @beforeMs
         AND m.phase <> 'final'
         AND m.rss_bytes IS NOT (SELECT max(rss_bytes) FROM memory_log o
           WHERE o.trial_id = m.trial_id AND o.attempt = m.attempt AND o.phase <> 'final')
       LIMIT ${MOST})`,
  );
  const events = prepareNamed<Aged>(
    db,
    `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE study_id = @studyId AND at < @beforeMs
       AND (kind IN ('wait', 'split-limit') OR (kind = 'finish' AND (json_extract(data, '$.state') = 'complete'
         OR json_extract(data, '$.reason') = 'pruner'))) LIMIT ${MOST})`,
  );
  const metrics = prepareNamed<Aged & { readonly everyMs: number }>(
    db,
    `DELETE FROM metrics WHERE study_id = @studyId AND at < @beforeMs AND at NOT IN (
       SELECT min(at) FROM metrics WHERE study_id = @studyId AND at < @beforeMs
       GROUP BY at / CAST(@everyMs AS INTEGER))`,
  );
  const slotMemory = prepareNamed<Aged>(
    db,
    `DELETE FROM slot_memory WHERE (study_id, at, slot) IN (
       SELECT study_id, at, slot FROM slot_memory WHERE study_id = @studyId AND at < @beforeMs LIMIT ${MOST})`,
  );
  return {
    /** Deletes details of a study that are older than the ages. @returns how many rows were deleted. */
    thin(studyId: number, nowMs: number, ages: RetentionAges): number {
      const { memoryMs, eventsMs, metricsMs, slotMemoryMs } = ages;
      return (
        memory.run({ studyId, beforeMs: nowMs - memoryMs }).changes +
        events.run({ studyId, beforeMs: nowMs - eventsMs }).changes +
        metrics.run({ studyId, beforeMs: nowMs - metricsMs, everyMs: 60_000 }).changes +
        metrics.run({ studyId, beforeMs: nowMs - OLD_FACTOR * metricsMs, everyMs: 600_000 }).changes +
        slotMemory.run({ studyId, beforeMs: nowMs - slotMemoryMs }).changes
      );
    },
  };
}
