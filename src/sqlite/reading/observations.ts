import type { Database } from "better-sqlite3";
import type { Observation } from "../../core/search/history.ts";
import type { StudyRow } from "../../store/records.ts";
import { toStoredRow } from "../rows.ts";
import { readTrials } from "./trials.ts";

const MOST = 512;

export function readObservations(db: Database, study: StudyRow): Observation[] {
  const newest = db.prepare<[number, number], number>(
    "SELECT id FROM trials WHERE study_id = ? AND told IS NOT NULL ORDER BY told DESC LIMIT ?",
  );
  const trials = readTrials(db, newest.pluck().all(study.id, MOST).reverse());
  return trials.map(({ params, state, reason, detail, memory, splits }) => {
    const elapsedMs = reason === "split-timeout" ? detail?.elapsedMs : null;
    return {
      row: toStoredRow(study.space, params),
      peakBytes:
        state === "fail" && reason !== "heap" ? null : (memory?.peakBytes ?? memory?.rssBytes ?? null),
      splitMs: [
        ...splits.map(({ durationMs }) => durationMs),
        ...(typeof elapsedMs === "number" ? [elapsedMs] : []),
      ],
    };
  });
}
