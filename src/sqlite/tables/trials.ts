import type { Database } from "better-sqlite3";
import { violationOf } from "../../core/search/constraints.ts";
import type { Origin } from "../../core/search/sampler.ts";
import { type Unparked, unparkedOf, withUnparked } from "../../core/search/unparked.ts";
import type { Params } from "../../core/space/space.ts";
import type { Detail, Outcome, TrialState } from "../../core/trial.ts";
import type { TrialCounts } from "../../store/records.ts";
import { requireIntact } from "../checksum/intact.ts";
import { rowChanger, rowInserter } from "../checksum/row-writer.ts";
import { COUNT_BY_STATE, fromList, fromValues, type StateCount, toCounts, toDetail } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** The columns of a trial that writes need. */
export interface TrialHead {
  readonly id: number;
  readonly studyId: number;
  readonly number: number;
  readonly state: TrialState;
  readonly attempts: number;
}

/** A trial in one state, with its params. */
export interface TrialInState extends TrialHead {
  readonly params: Params;
  readonly enqueued: boolean;
  readonly origin: Origin | null;
  readonly unparked: Unparked | null;
}

/** A trial to insert. */
interface NewTrial {
  readonly studyId: number;
  readonly number: number;
  readonly params: Params;
  readonly enqueued: boolean;
  readonly origin: Origin | null;
  readonly atMs: number;
}

type RawTrialInState = Omit<TrialHead, "studyId"> & {
  study_id: number;
  params: string;
  enqueued: number;
  proposer: string | null;
  why: string | null;
  detail: string | null;
};

const HEAD = "id, study_id AS studyId, number, state, attempts";

/** The statements on `trials`. */
export function trialTable(db: Database) {
  const insert = rowInserter(db, "trials");
  const byId = db.prepare<[number], TrialHead>(`SELECT ${HEAD} FROM trials WHERE id = ?`);
  const byNumber = prepareNamed<{ readonly studyId: number; readonly number: number }, TrialHead>(
    db,
    `SELECT ${HEAD} FROM trials WHERE study_id = @studyId AND number = @number`,
  );
  const inState = prepareNamed<{ readonly studyId: number; readonly state: TrialState }, RawTrialInState>(
    db,
    "SELECT * FROM trials WHERE study_id = @studyId AND state = @state ORDER BY number",
  );
  const counts = db.prepare<[number], StateCount>(COUNT_BY_STATE);
  const nextNumber = db.prepare("SELECT coalesce(max(number) + 1, 0) FROM trials WHERE study_id = ?").pluck();
  const run = rowChanger(db, "trials", ["id"], ["state", "params", "attempts", "started_at"]);
  const wait = rowChanger(db, "trials", ["id"], ["state"]);
  const finish = rowChanger(
    db,
    "trials",
    ["id"],
    [
      ...(["state", "reason", "detail", "value", "all_values", "constraints", "violation", "error"] as const),
      ...(["finished_at", "told", "duration_ms"] as const),
    ],
  );
  const nextTold = db
    .prepare<[number], number>(
      "SELECT coalesce(max(told) + 1, 0) FROM trials WHERE study_id = ? AND told IS NOT NULL",
    )
    .pluck();
  const isTold = db.prepare("SELECT 1 FROM trials WHERE study_id = ? AND told = ?").pluck();
  const duration = db
    .prepare<[number], number | null>("SELECT sum(duration_ms) FROM attempts WHERE trial_id = ?")
    .pluck();

  const add = (trial: NewTrial, startedAtMs: number | null): number => {
    const { lastInsertRowid } = insert(newRow(trial, startedAtMs));
    return Number(lastInsertRowid);
  };

  return {
    /** Adds a waiting trial. */
    insert: (trial: NewTrial): number => add(trial, null),
    /** Adds a trial with its first attempt under way. */
    insertRunning: (trial: NewTrial, startedAtMs: number): number => add(trial, startedAtMs),
    get: (id: number): TrialHead | null => byId.get(id) ?? null,
    find: (studyId: number, number: number): TrialHead | null => byNumber.get({ studyId, number }) ?? null,
    inState: (studyId: number, state: TrialState): TrialInState[] =>
      inState.all({ studyId, state }).map((raw) => toTrialInState(requireIntact(db, "trials", raw))),
    counts: (studyId: number): TrialCounts => toCounts(counts.all(studyId)),
    nextNumber: (studyId: number): number => nextNumber.get(studyId) as number,
    /** Sets a waiting trial to running. @returns the number of its new attempt. */
    run(id: number, params: Params | null, atMs: number): number {
      let attempts = 0;
      run([id], (before) => {
        attempts = Number(before("attempts")) + 1;
        return {
          state: "running",
          params: params ? JSON.stringify(params) : before("params"),
          attempts,
          started_at: before("started_at") ?? atMs,
        };
      });
      return attempts;
    },
    /** Sets a running trial to waiting. */
    wait: (id: number) => void wait([id], () => ({ state: "waiting" })),
    /**
     * Records a trial's outcome. Its last attempt must be ended first, because the trial's time sums over its attempts.
     */
    finish(id: number, outcome: Outcome, atMs: number): void {
      const complete = outcome.state === "complete" ? outcome : null;
      const { value, allValues } = fromValues(complete?.values ?? []);
      finish([id], (before) => {
        const studyId = Number(before("study_id"));
        const unparked = unparkedOf(toDetail(before("detail") as string | null));
        const detail = withUnparked(complete ? null : (outcome as { detail: Detail }).detail, unparked);
        const isFree = unparked !== null && isTold.get(studyId, unparked.told) === undefined;
        return {
          state: outcome.state,
          reason: outcome.state === "complete" ? null : outcome.reason,
          detail: detail && JSON.stringify(detail),
          value,
          all_values: allValues,
          constraints: fromList(complete?.constraints ?? []),
          violation: complete ? violationOf(complete.constraints) : null,
          error: outcome.state === "fail" && outcome.error ? JSON.stringify(outcome.error) : null,
          finished_at: atMs,
          told: isFree ? unparked.told : nextTold.get(studyId)!,
          duration_ms: duration.get(id)!,
        };
      });
    },
  };
}

function newRow(trial: NewTrial, startedAtMs: number | null) {
  return {
    study_id: trial.studyId,
    number: trial.number,
    state: startedAtMs === null ? "waiting" : "running",
    params: JSON.stringify(trial.params),
    enqueued: trial.enqueued ? 1 : 0,
    proposer: trial.origin?.by ?? null,
    why: trial.origin?.why ?? null,
    attempts: startedAtMs === null ? 0 : 1,
    created_at: trial.atMs,
    started_at: startedAtMs,
  };
}

function toTrialInState({ proposer, why, ...raw }: RawTrialInState): TrialInState {
  const { id, study_id: studyId, number, state, attempts, params, enqueued, detail } = raw;
  return {
    ...{ id, studyId, number, state, attempts },
    params: JSON.parse(params),
    enqueued: enqueued === 1,
    origin: proposer === null ? null : { by: proposer, why },
    unparked: unparkedOf(toDetail(detail)),
  };
}
