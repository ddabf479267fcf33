import type { Database } from "better-sqlite3";
import type { Report, SplitResult } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import type { StoredSplit } from "../../store/records.ts";
import { requireIntact } from "../checksum/intact.ts";
import { rowInserter } from "../checksum/row-writer.ts";
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
  const insert = rowInserter(db, "splits", { keeps: true });
  const ofTrial = db.prepare<[number], RawSplit>(
    "SELECT * FROM splits WHERE trial_id = ? ORDER BY recorded_at, split",
  );
  const report = rowInserter(db, "reports");
  const reports = prepareNamed<AttemptKey, Omit<Report, "value"> & { value: number | null }>(
    db,
    "SELECT * FROM reports WHERE trial_id = @trialId AND attempt = @attempt ORDER BY id",
  );
  const last = db.prepare("SELECT max(recorded_at) FROM splits WHERE trial_id = ?").pluck();

  return {
    /** Inserts a split unless it is recorded already. @returns whether it was inserted. */
    insert({ trialId, attempt }: AttemptKey, result: SplitResult, atMs: number): boolean {
      const { value, allValues } = fromValues(result.values);
      // Each split gets a later time than the one before, so that the times keep the order in which the splits ran.
      const afterMs = (last.get(trialId) as number | null) ?? Number.NEGATIVE_INFINITY;
      const { changes } = insert({
        trial_id: trialId,
        attempt,
        split: result.split,
        value,
        all_values: allValues,
        constraints: fromList(result.constraints),
        duration_ms: rounded(result.durationMs),
        rss_bytes: rounded(result.memory.rssBytes),
        recorded_at: Math.max(atMs, afterMs + 1),
      });
      return changes > 0;
    },
    /** The splits of a trial in the order in which they ran. */
    ofTrial: (trialId: number): StoredSplit[] =>
      ofTrial.all(trialId).map((raw) => {
        const { split, attempt, value, all_values, constraints, duration_ms } = requireIntact(
          db,
          "splits",
          raw,
        );
        return {
          split,
          attempt,
          values: toValues(value, all_values),
          constraints: toList(constraints),
          durationMs: duration_ms,
        };
      }),
    /** When the last split of a trial was recorded. */
    lastRecordedMs: (trialId: number): number | null => last.get(trialId) as number | null,
    report: ({ trialId, attempt }: AttemptKey, { split, step, value }: Report, atMs: number) =>
      void report({ trial_id: trialId, attempt, split, step, value, reported_at: atMs }),
    reports: (key: AttemptKey): Report[] =>
      reports.all(key).map((raw) => {
        const { split, step, value } = requireIntact(db, "reports", raw);
        return { split, step, value: value ?? Number.NaN };
      }),
  };
}
