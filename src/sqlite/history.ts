import type { Database } from "better-sqlite3";
import { estimateOf, type FinishedTrial, overrunOf, type Progress } from "../core/search/history.ts";
import type { Space } from "../core/space/space.ts";
import type { FinishedState, Reason } from "../core/trial.ts";
import { toDetail, toList, toStoredRow, toValues } from "./rows.ts";

const PAGE = 1_000;

interface RawTrial {
  number: number;
  told: number;
  state: FinishedState;
  reason: Reason | null;
  detail: string | null;
  params: string;
  value: number | null;
  all_values: string | null;
  constraints: string | null;
}

/**
 * Reads finished trials as they entered the history. A page at a time, because a statement that is still open would
 * hold up the writes of this connection.
 *
 * The steps of a trial are its splits; in a one-split study its reports, those of the attempt that recorded the split
 * (or of the last attempt, when none did).
 */
export function historyReader(db: Database) {
  const page = db.prepare<[number, number], RawTrial>(
    `SELECT number, told, state, reason, detail, params, value, all_values, constraints FROM trials
     WHERE study_id = ? AND told > ? ORDER BY told LIMIT ${PAGE}`,
  );
  const splits = db
    .prepare(
      `SELECT t.told, s.split, s.value FROM trials t JOIN splits s ON s.trial_id = t.id
       WHERE t.study_id = ? AND t.told > ? AND t.told <= ? ORDER BY t.told, s.split`,
    )
    .raw();
  const reports = db
    .prepare(
      `SELECT t.told, r.step, r.value FROM trials t
       LEFT JOIN splits s ON s.trial_id = t.id AND s.split = 0
       JOIN reports r ON r.trial_id = t.id AND r.attempt = coalesce(s.attempt, t.attempts)
       WHERE t.study_id = ? AND t.told > ? AND t.told <= ? ORDER BY t.told, r.id`,
    )
    .raw();

  return async function* read(
    studyId: number,
    space: Space,
    splitCount: number,
  ): AsyncGenerator<FinishedTrial> {
    // A row that was lost leaves a gap in `told`, and what comes after it counts all the same.
    for (let told = -1; ; ) {
      const trials = page.all(studyId, told);
      const last = trials.at(-1)?.told;
      if (last === undefined) return;
      const steps = groupSteps((splitCount === 1 ? reports : splits).all(studyId, told, last) as RawStep[]);
      for (const trial of trials) yield toFinished(trial, space, steps.get(trial.told) ?? []);
      told = last;
    }
  };
}

type RawStep = readonly [told: number, step: number, value: number | null];

function groupSteps(raw: readonly RawStep[]): Map<number, Progress[]> {
  const byTrial = new Map<number, Progress[]>();
  for (const [told, step, value] of raw) {
    const progress = { step, value: value ?? Number.NaN };
    const steps = byTrial.get(told);
    if (steps) steps.push(progress);
    else byTrial.set(told, [progress]);
  }
  return byTrial;
}

function toFinished(raw: RawTrial, space: Space, steps: readonly Progress[]): FinishedTrial {
  const detail = toDetail(raw.detail);
  return {
    number: raw.number,
    state: raw.state,
    reason: raw.reason,
    row: toStoredRow(space, raw.params),
    values: toValues(raw.value, raw.all_values),
    constraints: toList(raw.constraints),
    overrun: overrunOf(detail),
    estimate: raw.state === "pruned" ? estimateOf(detail) : null,
    steps,
  };
}
