import type { Database } from "better-sqlite3";
import { show } from "../../core/error.ts";
import { FAIL_REASONS, PRUNE_REASONS, type Reason, TRIAL_STATES } from "../../core/trial.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow, TrialCounts } from "../../store/records.ts";
import { countedColumns } from "../checksum/checksum.ts";
import { DamagedRow, requireIntact } from "../checksum/intact.ts";
import { COUNT_BY_STATE, type RawStudy, STUDY_BY_NAME, type StateCount, toCounts, toStudy } from "../rows.ts";
import { checkFinals } from "./attempts.ts";
import { readTrials } from "./trials.ts";

type Found<K extends keyof Reader> = Reader[K] extends (...args: never[]) => Promise<infer T> ? T : never;

export function readStudies(db: Database): StudyRow[] {
  const raws = db.prepare<[], RawStudy>("SELECT * FROM studies ORDER BY id").all();
  return raws.map((raw) => toStudy(requireIntact(db, "studies", raw)));
}

export function findStudy(db: Database, name: string): StudyRow | null {
  const raw = db.prepare<[string], RawStudy>(STUDY_BY_NAME).get(name);
  return raw ? toStudy(requireIntact(db, "studies", raw)) : null;
}

export function countTrials(db: Database, studyId: number): TrialCounts {
  const rows = db.prepare<[number], StateCount>(COUNT_BY_STATE).all(studyId);
  for (const { state } of rows) known("state", state, TRIAL_STATES);
  return toCounts(rows);
}

export function countReasons(db: Database, studyId: number): { reason: Reason; count: number }[] {
  const rows = db.prepare<[number], { reason: Reason; count: number }>(
    `SELECT reason, count(*) AS count FROM trials WHERE study_id = ? AND reason IS NOT NULL
     GROUP BY reason ORDER BY 2 DESC, reason DESC`,
  );
  return rows.all(studyId).map((row) => ({ ...row, reason: known("reason", row.reason, REASONS) }));
}

const REASONS = [...PRUNE_REASONS, ...FAIL_REASONS];

/** Checks a word from a grouping query, which reads no checksums, against the words of its type. @throws DamagedRow */
function known<T extends string>(what: string, word: T, words: readonly T[]): T {
  if (!words.includes(word)) throw new DamagedRow(`a trial has the unknown ${what} ${show(word)}`);
  return word;
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

const PEAK = countedColumns("memory_log").indexOf("peak_bytes");

export function readPeaks(db: Database, studyId: number): Found<"peaks"> {
  const known: number[] = [];
  checkFinals(db, studyId, {
    onRow: (row) => {
      if (row[PEAK] !== null) known.push(Number(row[PEAK]));
    },
  });
  if (known.length === 0) return { largestBytes: null, meanBytes: null };
  return {
    largestBytes: known.reduce((most, bytes) => Math.max(most, bytes)),
    meanBytes: known.reduce((sum, bytes) => sum + bytes) / known.length,
  };
}
