import type { Database } from "better-sqlite3";
import type { Reason } from "../../core/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow, TrialCounts } from "../../store/records.ts";
import { COUNT_BY_STATE, type RawStudy, STUDY_BY_NAME, type StateCount, toCounts, toStudy } from "../rows.ts";
import { readTrials } from "./trials.ts";

type Found<K extends keyof Reader> = Reader[K] extends (...args: never[]) => Promise<infer T> ? T : never;

export function readStudies(db: Database): StudyRow[] {
  return db.prepare<[], RawStudy>("SELECT * FROM studies ORDER BY id").all().map(toStudy);
}

export function findStudy(db: Database, name: string): StudyRow | null {
  const raw = db.prepare<[string], RawStudy>(STUDY_BY_NAME).get(name);
  return raw ? toStudy(raw) : null;
}

export function countTrials(db: Database, studyId: number): TrialCounts {
  return toCounts(db.prepare<[number], StateCount>(COUNT_BY_STATE).all(studyId));
}

export function countReasons(db: Database, studyId: number): { reason: Reason; count: number }[] {
  const rows = db.prepare<[number], { reason: Reason; count: number }>(
    `SELECT reason, count(*) AS count FROM trials WHERE study_id = ? AND reason IS NOT NULL
     GROUP BY reason ORDER BY 2 DESC, reason DESC`,
  );
  return rows.all(studyId);
}

export function commonestLoss(db: Database, studyId: number): Found<"commonestLoss"> {
  const commonest = db.prepare<[number], { id: number; count: number }>(
    `SELECT min(id) AS id, count(*) AS count FROM trials WHERE study_id = ? AND state IN ('pruned', 'fail')
     GROUP BY state, reason, json_extract(error, '$.name'), json_extract(error, '$.message')
     ORDER BY count DESC, id LIMIT 1`,
  );
  const found = commonest.get(studyId);
  return found ? { count: found.count, first: readTrials(db, [found.id])[0]! } : null;
}

export function readPeaks(db: Database, studyId: number): Found<"peaks"> {
  const peaks = db.prepare<[number], Found<"peaks">>(
    `SELECT max(peak_bytes) AS largestBytes, avg(peak_bytes) AS meanBytes FROM trials t
     JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final' WHERE t.study_id = ?`,
  );
  return peaks.get(studyId)!;
}
