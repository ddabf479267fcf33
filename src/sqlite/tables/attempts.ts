import type { Database } from "better-sqlite3";
import type { AttemptEnd } from "../../core/trial.ts";

/** What a write needs to know of an attempt. */
export interface AttemptHead {
  readonly state: string;
  readonly epoch: number;
  readonly startedAtMs: number;
}

/** The statements on `attempts`. */
export function attemptTable(db: Database) {
  const insert = db.prepare(
    `INSERT INTO attempts (trial_id, attempt, epoch, state, code_hash, started_at)
     VALUES (?, ?, ?, 'running', (SELECT code_hash FROM studies WHERE id = ?), ?)`,
  );
  const get = db.prepare<[number, number], AttemptHead>(
    "SELECT state, epoch, started_at AS startedAtMs FROM attempts WHERE trial_id = ? AND attempt = ?",
  );
  const place = db.prepare("UPDATE attempts SET slot = ?, host_pid = ? WHERE trial_id = ? AND attempt = ?");
  const end = db.prepare(
    `UPDATE attempts SET state = ?, reason = ?, cause = ?, detail = ?, ended_at = ?, duration_ms = ?
     WHERE trial_id = ? AND attempt = ?`,
  );
  const wasted = db
    .prepare(
      `SELECT count(*) FROM attempts AS a WHERE trial_id = ? AND cause IN ('coordinator', 'host')
     AND NOT EXISTS (SELECT 1 FROM splits AS s WHERE s.trial_id = a.trial_id AND s.attempt = a.attempt)`,
    )
    .pluck();

  return {
    insert: (trialId: number, attempt: number, epoch: number, studyId: number, atMs: number) =>
      void insert.run(trialId, attempt, epoch, studyId, atMs),
    get: (trialId: number, attempt: number): AttemptHead | null => get.get(trialId, attempt) ?? null,
    /** Says where it runs. */
    place: (trialId: number, attempt: number, slot: number, hostPid: number | null) =>
      void place.run(slot, hostPid, trialId, attempt),
    end(trialId: number, attempt: number, how: AttemptEnd, atMs: number, durationMs: number): void {
      const reason = "reason" in how ? how.reason : null;
      const cause = how.state === "interrupted" ? how.by : null;
      const detail = "detail" in how ? JSON.stringify(how.detail) : null;
      end.run(how.state, reason, cause, detail, atMs, Math.round(durationMs), trialId, attempt);
    },
    /** How many attempts died without a new split: these are the ones that run out. */
    wasted: (trialId: number): number => wasted.get(trialId) as number,
  };
}
