import type { Database } from "better-sqlite3";
import type { AttemptRecord, FinalRecord, MemoryRecord, ReportRecord } from "../../store/records.ts";
import { toDetail } from "../rows.ts";

export function readAttempts(db: Database, trialId: number): AttemptRecord[] {
  type Raw = Omit<AttemptRecord, "detail" | "splits"> & { detail: string | null; splits: string };
  const attempts = db.prepare<[number], Raw>(
    `SELECT attempt, state, reason, cause, detail, slot, host_pid AS hostPid, code_hash AS codeHash,
       started_at AS startedAtMs, ended_at AS endedAtMs, duration_ms AS durationMs,
       (SELECT json_group_array(split) FROM splits s WHERE s.trial_id = a.trial_id AND s.attempt = a.attempt) AS splits
     FROM attempts a WHERE trial_id = ? ORDER BY attempt`,
  );
  return attempts.all(trialId).map(({ detail, splits, ...rest }) => ({
    ...rest,
    detail: toDetail(detail),
    splits: JSON.parse(splits) as number[],
  }));
}

export function readMemory(db: Database, trialId: number): MemoryRecord[] {
  const readings = db.prepare<[number], MemoryRecord & { readonly split: number }>(
    `SELECT attempt, phase, split, source, rss_bytes AS rssBytes, baseline_bytes AS baselineBytes,
       peak_bytes AS peakBytes, heap_bytes AS heapBytes, external_bytes AS externalBytes,
       array_buffer_bytes AS arrayBufferBytes, tensors, tensor_bytes AS tensorBytes, gpu_bytes AS gpuBytes,
       logged_at AS atMs FROM memory_log
     WHERE trial_id = ? ORDER BY attempt, CASE phase WHEN 'start' THEN 0 WHEN 'split' THEN 1 ELSE 2 END, split`,
  );
  return readings
    .all(trialId)
    .map((reading) => ({ ...reading, split: reading.split < 0 ? null : reading.split }));
}

export function readReports(db: Database, trialId: number): ReportRecord[] {
  const reports = db.prepare<[number], ReportRecord>(
    "SELECT split, step, value FROM reports WHERE trial_id = ? ORDER BY id",
  );
  return reports.all(trialId);
}

export function readFinals(db: Database, studyId: number): FinalRecord[] {
  const finals = db.prepare<[number], FinalRecord>(
    `SELECT t.number, t.state, t.reason, a.slot, a.host_pid AS hostPid,
       m.baseline_bytes AS baselineBytes, m.peak_bytes AS peakBytes, m.rss_bytes AS rssBytes, m.heap_bytes AS heapBytes,
       m.external_bytes AS externalBytes, m.tensors, m.tensor_bytes AS tensorBytes, m.gpu_bytes AS gpuBytes, m.source
     FROM memory_log m JOIN trials t ON t.id = m.trial_id
     JOIN attempts a ON a.trial_id = m.trial_id AND a.attempt = m.attempt
     WHERE t.study_id = ? AND m.phase = 'final' ORDER BY m.logged_at, t.number`,
  );
  return finals.all(studyId);
}
