import type { Database } from "better-sqlite3";
import { estimateOf, type FinishedTrial, overrunOf, type Progress } from "../core/search/history.ts";
import { unparkedOf } from "../core/search/unparked.ts";
import type { Params, Space } from "../core/space/space.ts";
import type { FinishedState, Reason } from "../core/trial.ts";
import { CHECKED, fitsHistoryAt, historyColumns } from "./checksum/checksum.ts";
import { damagedRowAt } from "./checksum/intact.ts";
import { toDetail, toList, toStoredRow, toValues } from "./rows.ts";

const PAGE = 1_000;

/** Which part of the history to read. */
export interface HistoryPart {
  /** The place before the first trial that is read. @default -1, all */
  readonly after?: number | undefined;
  /** Whether invalid trials are read. @default false */
  readonly withInvalid?: boolean;
}

/** `id`, then the history columns of a trial in the order of `CHECKED`. */
type RawTrial = readonly [
  id: number,
  studyId: number,
  number: number,
  told: number,
  state: FinishedState,
  reason: Reason | null,
  detail: string | null,
  params: string,
  value: number | null,
  allValues: string | null,
  constraints: string | null,
  violation: number | null,
  proposer: string | null,
  invalid: string | null,
  checksum: number | null,
];
const TOLD = 3;
const INVALID = 13;

/**
 * Reads finished trials in the order in which they entered the history. It reads a page at a time, because an open
 * statement would block the writes of this connection.
 *
 * The steps of a trial are its splits. In a one-split study they are its reports: those of the attempt that recorded
 * the split, or of the last attempt if none did. It begins behind the place `after` in the history.
 * Invalid trials are left out, unless they are asked for.
 */
export function historyReader(db: Database) {
  const page = db
    .prepare(
      `SELECT t.id, ${historyColumns("trials", "t")} FROM trials t
       WHERE study_id = ? AND told > ? ORDER BY told LIMIT ${PAGE}`,
    )
    .raw();
  const splits = db
    .prepare(
      `SELECT ${historyColumns("splits", "s")} FROM trials t JOIN splits s ON s.trial_id = t.id
       WHERE t.study_id = ? AND t.told > ? AND t.told <= ? ORDER BY t.told, s.split`,
    )
    .raw();
  const reports = db
    .prepare(
      `SELECT ${historyColumns("reports", "r")} FROM trials t
       LEFT JOIN splits s ON s.trial_id = t.id AND s.split = 0
       JOIN reports r ON r.trial_id = t.id AND r.attempt = coalesce(s.attempt, t.attempts)
       WHERE t.study_id = ? AND t.told > ? AND t.told <= ? ORDER BY t.told, r.id`,
    )
    .raw();

  return async function* read(
    studyId: number,
    space: Space,
    splitCount: number,
    { after = -1, withInvalid = false }: HistoryPart = {},
  ): AsyncGenerator<FinishedTrial> {
    const [table, statement] =
      splitCount === 1 ? (["reports", reports] as const) : (["splits", splits] as const);
    // `told` may have gaps where rows were lost, so a page starts after the last number read.
    for (let told = after; ; ) {
      const trials = page.all(studyId, told) as RawTrial[];
      const last = trials.at(-1)?.[TOLD];
      if (last === undefined) return;
      const steps = groupSteps(db, table, statement.all(studyId, told, last) as RawStep[]);
      for (const trial of trials) {
        if (!fitsHistoryAt("trials", trial, 1)) throw damagedRowAt(db, "trials", trial.slice(1));
        if (withInvalid || trial[INVALID] === null) yield toFinished(trial, space, steps.get(trial[0]) ?? []);
      }
      told = last;
    }
  };
}

/** The history columns of a split or report: the trial's id first, and last the step, the value and the checksum. */
type RawStep = readonly number[];

function groupSteps(
  db: Database,
  table: "splits" | "reports",
  raw: readonly RawStep[],
): Map<number, Progress[]> {
  const valueAt = (CHECKED[table].history as readonly string[]).indexOf("value");
  const byTrial = new Map<number, Progress[]>();
  let trialId = -1;
  let steps: Progress[] = [];
  for (const row of raw) {
    if (!fitsHistoryAt(table, row, 0)) throw damagedRowAt(db, table, row);
    if (row[0] !== trialId) {
      trialId = row[0]!;
      steps = [];
      byTrial.set(trialId, steps);
    }
    steps.push({ step: row[valueAt - 1]!, value: row[valueAt] ?? Number.NaN });
  }
  return byTrial;
}

function toFinished(raw: RawTrial, space: Space, steps: readonly Progress[]): FinishedTrial {
  const [, , number, , state, reason, detailText, params, value, allValues, constraints, , by] = raw;
  const detail = toDetail(detailText);
  const unparked = unparkedOf(detail);
  return {
    number,
    state,
    reason,
    row: toStoredRow(space, JSON.parse(params) as Params),
    values: toValues(value, allValues),
    constraints: toList(constraints),
    overrun: overrunOf(detail),
    estimate: state === "pruned" ? estimateOf(detail) : null,
    ...(by !== null && { by }),
    ...(unparked && { unparked }),
    steps,
  };
}
