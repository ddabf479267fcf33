import type { Database } from "better-sqlite3";
import { violationOf } from "../../core/search/constraints.ts";
import type { Params } from "../../core/space/space.ts";
import type { Outcome, TrialState } from "../../core/trial.ts";
import type { TrialCounts } from "../../store/records.ts";
import { COUNT_BY_STATE, fromList, fromValues, type StateCount, toCounts } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** What a write needs to know of a trial. */
export interface TrialHead {
  readonly id: number;
  readonly studyId: number;
  readonly number: number;
  readonly state: TrialState;
  readonly attempts: number;
}

/** A trial that waits: enqueued by a person, or cut short. */
export interface WaitingHead extends TrialHead {
  readonly params: Params;
  readonly enqueued: boolean;
}

/** A trial that is added. */
interface NewTrial {
  readonly studyId: number;
  readonly number: number;
  readonly params: Params;
  readonly enqueued: boolean;
  readonly atMs: number;
}

const HEAD = "id, study_id AS studyId, number, state, attempts";

/** The statements on `trials`. */
export function trialTable(db: Database) {
  const insert = prepareNamed(
    db,
    `INSERT INTO trials (study_id, number, state, params, enqueued, attempts, created_at)
     VALUES (@studyId, @number, 'waiting', @params, @enqueued, 0, @atMs)`,
  );
  const byId = db.prepare<[number], TrialHead>(`SELECT ${HEAD} FROM trials WHERE id = ?`);
  const byNumber = prepareNamed<{ readonly studyId: number; readonly number: number }, TrialHead>(
    db,
    `SELECT ${HEAD} FROM trials WHERE study_id = @studyId AND number = @number`,
  );
  const inState = prepareNamed<
    { readonly studyId: number; readonly state: TrialState },
    TrialHead & { params: string; enqueued: number }
  >(
    db,
    `SELECT ${HEAD}, params, enqueued FROM trials WHERE study_id = @studyId AND state = @state ORDER BY number`,
  );
  const counts = db.prepare<[number], StateCount>(COUNT_BY_STATE);
  const nextNumber = db.prepare("SELECT coalesce(max(number) + 1, 0) FROM trials WHERE study_id = ?").pluck();
  const run = prepareNamed<
    { readonly id: number; readonly params: string | null; readonly atMs: number },
    { attempts: number }
  >(
    db,
    `UPDATE trials SET state = 'running', params = coalesce(@params, params), attempts = attempts + 1,
       started_at = coalesce(started_at, @atMs) WHERE id = @id RETURNING attempts`,
  );
  const wait = db.prepare("UPDATE trials SET state = 'waiting' WHERE id = ?");
  const finish = prepareNamed(
    db,
    `UPDATE trials SET state = @state, reason = @reason, detail = @detail, value = @value, all_values = @allValues,
       constraints = @constraints, violation = @violation, error = @error, finished_at = @atMs,
       told = (SELECT coalesce(max(told) + 1, 0) FROM trials AS other WHERE other.study_id = trials.study_id AND told IS NOT NULL),
       duration_ms = (SELECT sum(duration_ms) FROM attempts WHERE trial_id = trials.id)
     WHERE id = @id`,
  );

  return {
    /** Adds a waiting trial. */
    insert(trial: NewTrial): number {
      const { lastInsertRowid } = insert.run({
        studyId: trial.studyId,
        number: trial.number,
        params: JSON.stringify(trial.params),
        enqueued: trial.enqueued ? 1 : 0,
        atMs: trial.atMs,
      });
      return Number(lastInsertRowid);
    },
    get: (id: number): TrialHead | null => byId.get(id) ?? null,
    find: (studyId: number, number: number): TrialHead | null => byNumber.get({ studyId, number }) ?? null,
    inState: (studyId: number, state: TrialState): WaitingHead[] =>
      inState.all({ studyId, state }).map((raw) => ({
        ...raw,
        params: JSON.parse(raw.params) as Params,
        enqueued: raw.enqueued === 1,
      })),
    counts: (studyId: number): TrialCounts => toCounts(counts.all(studyId)),
    nextNumber: (studyId: number): number => nextNumber.get(studyId) as number,
    /** waiting -> running; @returns the number of the attempt. */
    run: (id: number, params: Params | null, atMs: number): number =>
      run.get({ id, params: params && JSON.stringify(params), atMs })!.attempts,
    /** running -> waiting. */
    wait: (id: number) => void wait.run(id),
    /** running -> finished; its attempt must have ended before, because the trial's time is the sum of its attempts'. */
    finish(id: number, outcome: Outcome, atMs: number): void {
      const complete = outcome.state === "complete" ? outcome : null;
      const { value, allValues } = fromValues(complete?.values ?? []);
      finish.run({
        id,
        state: outcome.state,
        reason: outcome.state === "complete" ? null : outcome.reason,
        detail: outcome.state === "complete" ? null : JSON.stringify(outcome.detail),
        value,
        allValues,
        constraints: fromList(complete?.constraints ?? []),
        violation: complete ? violationOf(complete.constraints) : null,
        error: outcome.state === "fail" && outcome.error ? JSON.stringify(outcome.error) : null,
        atMs,
      });
    },
  };
}
