import type { Database } from "better-sqlite3";
import type { Report, SplitResult } from "../../core/trial.ts";
import type { StoredSplit } from "../../store/records.ts";
import { fromList, fromValues, toList, toValues } from "../rows.ts";

interface RawSplit {
  split: number;
  attempt: number;
  value: number | null;
  all_values: string | null;
  constraints: string | null;
  duration_ms: number;
}

/** The statements on `splits` and `reports`. */
export function splitTable(db: Database) {
  const insert = db.prepare(
    `INSERT INTO splits (trial_id, split, attempt, value, all_values, constraints, duration_ms, rss_bytes, recorded_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const ofTrial = db.prepare<[number], RawSplit>(
    "SELECT split, attempt, value, all_values, constraints, duration_ms FROM splits WHERE trial_id = ? ORDER BY split",
  );
  const report = db.prepare(
    "INSERT INTO reports (trial_id, attempt, split, step, value, reported_at) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const reports = db.prepare<[number, number], Omit<Report, "value"> & { value: number | null }>(
    "SELECT split, step, value FROM reports WHERE trial_id = ? AND attempt = ? ORDER BY id",
  );

  const last = db.prepare("SELECT max(recorded_at) FROM splits WHERE trial_id = ?").pluck();

  return {
    /** @returns false when the split was recorded before: then nothing changes. */
    insert(trialId: number, attempt: number, result: SplitResult, atMs: number): boolean {
      const { value, allValues } = fromValues(result.values);
      const key = [trialId, result.split, attempt];
      const { rssBytes } = result.memory;
      const cost = [Math.round(result.durationMs), rssBytes === null ? null : Math.round(rssBytes)];
      return insert.run(...key, value, allValues, fromList(result.constraints), ...cost, atMs).changes > 0;
    },
    ofTrial: (trialId: number): StoredSplit[] =>
      ofTrial.all(trialId).map((raw) => ({
        split: raw.split,
        attempt: raw.attempt,
        values: toValues(raw.value, raw.all_values),
        constraints: toList(raw.constraints),
        durationMs: raw.duration_ms,
      })),
    /** When the last split of a trial was recorded. */
    lastRecordedMs: (trialId: number): number | null => last.get(trialId) as number | null,
    report: (trialId: number, attempt: number, { split, step, value }: Report, atMs: number) =>
      void report.run(trialId, attempt, split, step, value, atMs),
    reports: (trialId: number, attempt: number): Report[] =>
      reports.all(trialId, attempt).map((raw) => ({ ...raw, value: raw.value ?? Number.NaN })),
  };
}
