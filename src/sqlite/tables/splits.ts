import type { Database } from "better-sqlite3";
import type { Report, SplitResult } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import type { StoredSplit } from "../../store/records.ts";
import { fromList, fromValues, rounded, toList, toValues } from "../rows.ts";
import { prepareNamed } from "./named.ts";

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
  const insert = prepareNamed(
    db,
    `INSERT INTO splits (trial_id, split, attempt, value, all_values, constraints, duration_ms, rss_bytes, recorded_at)
     VALUES (@trialId, @split, @attempt, @value, @allValues, @constraints, @durationMs, @rssBytes, @atMs)
     ON CONFLICT DO NOTHING`,
  );
  const ofTrial = db.prepare<[number], RawSplit>(
    "SELECT split, attempt, value, all_values, constraints, duration_ms FROM splits WHERE trial_id = ? ORDER BY split",
  );
  const report = prepareNamed(
    db,
    `INSERT INTO reports (trial_id, attempt, split, step, value, reported_at)
     VALUES (@trialId, @attempt, @split, @step, @value, @atMs)`,
  );
  const reports = prepareNamed<AttemptKey, Omit<Report, "value"> & { value: number | null }>(
    db,
    "SELECT split, step, value FROM reports WHERE trial_id = @trialId AND attempt = @attempt ORDER BY id",
  );
  const last = db.prepare("SELECT max(recorded_at) FROM splits WHERE trial_id = ?").pluck();

  return {
    /** @returns false when the split was recorded before: then nothing changes. */
    insert({ trialId, attempt }: AttemptKey, result: SplitResult, atMs: number): boolean {
      const { value, allValues } = fromValues(result.values);
      const { changes } = insert.run({
        trialId,
        attempt,
        split: result.split,
        value,
        allValues,
        constraints: fromList(result.constraints),
        durationMs: rounded(result.durationMs),
        rssBytes: rounded(result.memory.rssBytes),
        atMs,
      });
      return changes > 0;
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
    report: ({ trialId, attempt }: AttemptKey, { split, step, value }: Report, atMs: number) =>
      void report.run({ trialId, attempt, split, step, value, atMs }),
    reports: (key: AttemptKey): Report[] =>
      reports.all(key).map((raw) => ({ ...raw, value: raw.value ?? Number.NaN })),
  };
}
