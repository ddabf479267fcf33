import type { Database } from "better-sqlite3";
import type { AttemptEnd } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import { prepareNamed } from "./named.ts";

/** What a write needs to know of an attempt. */
export interface AttemptHead {
  readonly state: string;
  readonly epoch: number;
  readonly startedAtMs: number;
}

/** An attempt that starts. */
interface NewAttempt extends AttemptKey {
  readonly studyId: number;
  readonly epoch: number;
  readonly atMs: number;
}

/** Where an attempt runs. */
interface AttemptPlace extends AttemptKey {
  readonly slot: number;
  readonly hostPid: number | null;
}

/** When an attempt ended. */
interface EndTime {
  readonly atMs: number;
  readonly durationMs: number;
}

/** The statements on `attempts`. */
export function attemptTable(db: Database) {
  const insert = prepareNamed<NewAttempt>(
    db,
    `INSERT INTO attempts (trial_id, attempt, epoch, state, code_hash, started_at)
     VALUES (@trialId, @attempt, @epoch, 'running', (SELECT code_hash FROM studies WHERE id = @studyId), @atMs)`,
  );
  const get = prepareNamed<AttemptKey, AttemptHead>(
    db,
    `SELECT state, epoch, started_at AS startedAtMs FROM attempts
     WHERE trial_id = @trialId AND attempt = @attempt`,
  );
  const place = prepareNamed<AttemptPlace>(
    db,
    "UPDATE attempts SET slot = @slot, host_pid = @hostPid WHERE trial_id = @trialId AND attempt = @attempt",
  );
  const end = prepareNamed(
    db,
    `UPDATE attempts SET state = @state, reason = @reason, cause = @cause, detail = @detail, ended_at = @atMs,
       duration_ms = @durationMs
     WHERE trial_id = @trialId AND attempt = @attempt`,
  );
  const wasted = db
    .prepare(
      `SELECT count(*) FROM attempts AS a WHERE trial_id = ? AND cause IN ('coordinator', 'host')
     AND NOT EXISTS (SELECT 1 FROM splits AS s WHERE s.trial_id = a.trial_id AND s.attempt = a.attempt)`,
    )
    .pluck();

  return {
    insert: (attempt: NewAttempt) => void insert.run(attempt),
    get: (key: AttemptKey): AttemptHead | null => get.get(key) ?? null,
    /** Says where it runs. */
    place: (attempt: AttemptPlace) => void place.run(attempt),
    end({ trialId, attempt }: AttemptKey, how: AttemptEnd, { atMs, durationMs }: EndTime): void {
      end.run({
        trialId,
        attempt,
        state: how.state,
        reason: "reason" in how ? how.reason : null,
        cause: how.state === "interrupted" ? how.by : null,
        detail: "detail" in how ? JSON.stringify(how.detail) : null,
        atMs,
        durationMs: Math.round(durationMs),
      });
    },
    /** How many attempts died without a new split: these are the ones that run out. */
    wasted: (trialId: number): number => wasted.get(trialId) as number,
  };
}
