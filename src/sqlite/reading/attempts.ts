import type { Database } from "better-sqlite3";
import type { MemorySource } from "../../core/trial.ts";
import type {
  AttemptRecord,
  FinalRecord,
  MemoryPhase,
  MemoryRecord,
  ReportRecord,
} from "../../store/records.ts";
import { checkRows, requireIntact } from "../checksum/intact.ts";
import { toDetail } from "../rows.ts";
import { toldBefore } from "./history.ts";

/** A row of `attempts`. */
export interface RawAttempt {
  attempt: number;
  state: AttemptRecord["state"];
  reason: AttemptRecord["reason"];
  cause: AttemptRecord["cause"];
  detail: string | null;
  slot: number | null;
  host_pid: number | null;
  code_hash: string;
  started_at: number;
  ended_at: number | null;
  duration_ms: number | null;
}

export function readAttempts(db: Database, trialId: number): AttemptRecord[] {
  const attempts = db.prepare<[number], RawAttempt>(
    "SELECT * FROM attempts WHERE trial_id = ? ORDER BY attempt",
  );
  const splits = db
    .prepare<[number, number], number>("SELECT split FROM splits WHERE trial_id = ? AND attempt = ?")
    .pluck();
  return attempts
    .all(trialId)
    .map((raw) => toAttempt(requireIntact(db, "attempts", raw), splits.all(trialId, raw.attempt)));
}

export function toAttempt(raw: RawAttempt, splits: readonly number[]): AttemptRecord {
  return {
    attempt: raw.attempt,
    state: raw.state,
    reason: raw.reason,
    cause: raw.cause,
    slot: raw.slot,
    hostPid: raw.host_pid,
    codeHash: raw.code_hash,
    startedAtMs: raw.started_at,
    endedAtMs: raw.ended_at,
    durationMs: raw.duration_ms,
    detail: toDetail(raw.detail),
    splits,
  };
}

/** A row of `memory_log`. */
export interface RawReading {
  attempt: number;
  phase: MemoryPhase;
  split: number;
  source: MemorySource;
  rss_bytes: number | null;
  baseline_bytes: number | null;
  peak_bytes: number | null;
  heap_bytes: number | null;
  external_bytes: number | null;
  array_buffer_bytes: number | null;
  tensors: number | null;
  tensor_bytes: number | null;
  gpu_bytes: number | null;
  logged_at: number;
}

export function readMemory(db: Database, trialId: number): MemoryRecord[] {
  const readings = db.prepare<[number], RawReading>(
    `SELECT * FROM memory_log WHERE trial_id = ? ORDER BY ${READING_ORDER}`,
  );
  return readings.all(trialId).map((raw) => toReading(requireIntact(db, "memory_log", raw)));
}

/** The order of the memory readings of a trial. */
export const READING_ORDER = "attempt, CASE phase WHEN 'start' THEN 0 WHEN 'split' THEN 1 ELSE 2 END, split";

export function toReading(raw: RawReading): MemoryRecord {
  return {
    attempt: raw.attempt,
    phase: raw.phase,
    split: raw.split < 0 ? null : raw.split,
    source: raw.source,
    rssBytes: raw.rss_bytes,
    baselineBytes: raw.baseline_bytes,
    peakBytes: raw.peak_bytes,
    heapBytes: raw.heap_bytes,
    externalBytes: raw.external_bytes,
    arrayBufferBytes: raw.array_buffer_bytes,
    tensors: raw.tensors,
    tensorBytes: raw.tensor_bytes,
    gpuBytes: raw.gpu_bytes,
    atMs: raw.logged_at,
  };
}

export function readReports(db: Database, trialId: number): ReportRecord[] {
  const reports = db.prepare<[number], ReportRecord>("SELECT * FROM reports WHERE trial_id = ? ORDER BY id");
  return reports.all(trialId).map((raw) => {
    const { split, step, value } = requireIntact(db, "reports", raw);
    return { split, step, value };
  });
}

export function readFinals(db: Database, studyId: number, newest?: number): FinalRecord[] {
  const before = newest === undefined ? undefined : toldBefore(db, studyId, newest);
  const wanted = before === undefined ? "t.study_id = ?" : `t.study_id = ? AND t.told > ${Number(before)}`;
  checkFinals(db, studyId, { wanted });
  checkRows(
    db,
    "trials",
    `FROM trials x WHERE ${wanted.replaceAll("t.", "x.")} AND x.told IS NOT NULL`,
    studyId,
  );
  checkRows(
    db,
    "attempts",
    `FROM attempts x JOIN trials t ON t.id = x.trial_id AND t.told IS NOT NULL WHERE ${wanted}`,
    studyId,
  );
  const finals = db.prepare<[number], FinalRecord>(
    `SELECT t.number, t.state, t.reason, a.slot, a.host_pid AS hostPid,
       m.baseline_bytes AS baselineBytes, m.peak_bytes AS peakBytes, m.rss_bytes AS rssBytes, m.heap_bytes AS heapBytes,
       m.external_bytes AS externalBytes, m.tensors, m.tensor_bytes AS tensorBytes, m.gpu_bytes AS gpuBytes, m.source
     FROM memory_log m JOIN trials t ON t.id = m.trial_id
     JOIN attempts a ON a.trial_id = m.trial_id AND a.attempt = m.attempt
     WHERE ${wanted} AND m.phase = 'final' ORDER BY m.logged_at, t.number`,
  );
  return finals.all(studyId);
}

/**
 * Throws `DamagedRow` if a final memory reading of a study does not fit its checksum. Those of a whole study are read by the
 * numbers of their trials, which is about the order in which they lie in the file.
 *
 * @param options - `wanted`: which trials `t`, as SQL in which the study's id is the one parameter; by default all of the
 *   study in that order. `onRow`: called with each reading once it is checked: its `checkedColumns`.
 */
export function checkFinals(
  db: Database,
  studyId: number,
  {
    wanted = "t.study_id = ? ORDER BY t.number",
    onRow,
  }: { readonly wanted?: string; readonly onRow?: (row: readonly unknown[]) => void } = {},
): void {
  const from = `FROM trials t JOIN memory_log x ON x.trial_id = t.id AND x.phase = 'final'
     WHERE ${wanted}`;
  checkRows(db, "memory_log", from, studyId, onRow);
}
