import type { Database } from "better-sqlite3";
import type { StudyRow } from "../store/records.ts";
import { toStoredRow } from "../store/rows.ts";

/** What a trial that is over tells of such params: its peak, and how long its splits took. */
export interface PastTrialRow {
  readonly row: Float64Array;
  /** null: it was not measured, or the trial failed before it could hold what it needs. */
  readonly peakBytes: number | null;
  readonly splitMs: readonly number[];
}

const MOST = 512;

/** The last trials of a study, oldest first, as far as they say what further ones will need. */
export function pastTrials(db: Database, study: StudyRow): PastTrialRow[] {
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
