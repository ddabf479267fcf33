import type { Database } from "better-sqlite3";
import type { AttemptEnd } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import { rowChanger, rowInserter } from "../checksum/row-writer.ts";
import { prepareNamed } from "./named.ts";

/** The columns of an attempt that writes need. */
export interface AttemptHead {
  readonly state: string;
  readonly epoch: number;
  readonly startedAtMs: number;
}

/** An attempt that starts now. */
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
  const insert = rowInserter(db, "attempts");
  const codeHash = db.prepare<[number], string>("SELECT code_hash FROM studies WHERE id = ?").pluck();
  const get = prepareNamed<AttemptKey, AttemptHead>(
    db,
    `SELECT state, epoch, started_at AS startedAtMs FROM attempts
     WHERE trial_id = @trialId AND attempt = @attempt`,
  );
  const key = ["trial_id", "attempt"];
  const place = rowChanger(db, "attempts", key, ["slot", "host_pid"]);
  const end = rowChanger(db, "attempts", key, [
    ...(["state", "reason", "cause", "detail", "ended_at", "duration_ms"] as const),
  ]);
  const wasted = db
    .prepare(
      `SELECT count(*) FROM attempts AS a WHERE trial_id = ? AND cause IN ('coordinator', 'host')
     AND NOT EXISTS (SELECT 1 FROM splits AS s WHERE s.trial_id = a.trial_id AND s.attempt = a.attempt)`,
    )
    .pluck();

  return {
    insert: ({ trialId, attempt, studyId, epoch, atMs }: NewAttempt) =>
      void insert({
        trial_id: trialId,
        attempt,
        epoch,
        state: "running",
        code_hash: codeHash.get(studyId)!,
        started_at: atMs,
      }),
    get: (key: AttemptKey): AttemptHead | null => get.get(key) ?? null,
    /** Records where an attempt runs. */
    place: ({ trialId, attempt, slot, hostPid }: AttemptPlace) =>
      void place([trialId, attempt], () => ({ slot, host_pid: hostPid })),
    end({ trialId, attempt }: AttemptKey, how: AttemptEnd, { atMs, durationMs }: EndTime): void {
      end([trialId, attempt], () => ({
        state: how.state,
        reason: "reason" in how ? how.reason : null,
        cause: how.state === "interrupted" ? how.by : null,
        detail: "detail" in how ? JSON.stringify(how.detail) : null,
        ended_at: atMs,
        duration_ms: Math.round(durationMs),
      }));
    },
    /** How many attempts lost their coordinator or host before they recorded a split; `maxAttempts` limits these. */
    wasted: (trialId: number): number => wasted.get(trialId) as number,
  };
}
