import type { Database } from "better-sqlite3";
import type { Observation } from "../../core/search/history.ts";
import type { StudyRow } from "../../store/records.ts";
import { toStoredRow } from "../rows.ts";

const MOST = 512;

export function readObservations(db: Database, study: StudyRow): Observation[] {
  interface Raw {
    params: string;
    state: string;
    reason: string | null;
    peak: number | null;
    elapsed: number | null;
    durations: string;
  }
  return db
    .prepare<[number, number], Raw>(
      `SELECT t.params, t.state, t.reason, coalesce(m.peak_bytes, m.rss_bytes) AS peak,
         CASE t.reason WHEN 'split-timeout' THEN json_extract(t.detail, '$.elapsedMs') END AS elapsed,
         (SELECT json_group_array(duration_ms) FROM splits s WHERE s.trial_id = t.id) AS durations
       FROM trials t LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final'
       WHERE t.study_id = ? AND t.told IS NOT NULL ORDER BY t.told DESC LIMIT ?`,
    )
    .all(study.id, MOST)
    .reverse()
    .map(({ params, state, reason, peak, elapsed, durations }) => ({
      row: toStoredRow(study.space, params),
      peakBytes: state === "fail" && reason !== "heap" ? null : peak,
      splitMs: [...(JSON.parse(durations) as number[]), ...(elapsed === null ? [] : [elapsed])],
    }));
}
