import type { Database } from "better-sqlite3";
import type { RetentionAges } from "../../store/retention.ts";

/** Ten times the age of a metric row that is thinned to one a minute: from then on one in ten minutes. */
const OLD_FACTOR = 10;
/** A pass takes so many rows of a kind at most, so that no transaction holds the file for long. */
const MOST = 20_000;

/** The statements that thin what has aged. Finals, peaks, kills, and what people did are never touched. */
export function retentionTable(db: Database) {
  const memory = db.prepare(
    `DELETE FROM memory_log WHERE (trial_id, attempt, phase, split) IN (
       SELECT m.trial_id, m.attempt, m.phase, m.split FROM memory_log m JOIN trials t ON t.id = m.trial_id
       WHERE t.study_id = ? AND t.state IN ('complete', 'pruned', 'fail') AND t.finished_at < ? AND m.phase <> 'final'
         AND m.rss_bytes IS NOT (SELECT max(rss_bytes) FROM memory_log o
           WHERE o.trial_id = m.trial_id AND o.attempt = m.attempt AND o.phase <> 'final')
       LIMIT ${MOST})`,
  );
  const events = db.prepare(
    `DELETE FROM events WHERE id IN (SELECT id FROM events WHERE study_id = ? AND at < ?
       AND (kind IN ('wait', 'split-limit') OR (kind = 'finish' AND (json_extract(data, '$.state') = 'complete'
         OR json_extract(data, '$.reason') = 'pruner'))) LIMIT ${MOST})`,
  );
  const metrics = db.prepare(
    `DELETE FROM metrics WHERE study_id = ? AND at < ? AND at NOT IN (
       SELECT min(at) FROM metrics WHERE study_id = ? AND at < ? GROUP BY at / CAST(? AS INTEGER))`,
  );
  const thinMetrics = (studyId: number, beforeMs: number, everyMs: number): number =>
    metrics.run(studyId, beforeMs, studyId, beforeMs, everyMs).changes;
  return {
    /** @returns how many rows have gone. */
    thin(studyId: number, nowMs: number, { memoryMs, eventsMs, metricsMs }: RetentionAges): number {
      return (
        memory.run(studyId, nowMs - memoryMs).changes +
        events.run(studyId, nowMs - eventsMs).changes +
        thinMetrics(studyId, nowMs - metricsMs, 60_000) +
        thinMetrics(studyId, nowMs - OLD_FACTOR * metricsMs, 600_000)
      );
    },
  };
}
