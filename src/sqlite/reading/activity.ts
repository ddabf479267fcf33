import type { Database } from "better-sqlite3";
import type { Params } from "../../core/space/space.ts";
import type { AttemptSpan, RunningRecord } from "../../store/activity.ts";
import { checkedColumns, countedColumns, fitsAt } from "../checksum/checksum.ts";
import { damagedRowAt, requireIntact } from "../checksum/intact.ts";
import type { RawAttempt } from "./attempts.ts";

const PAGE = 2_000;

interface RawRunning {
  readonly id: number;
  readonly number: number;
  readonly params: string;
  readonly attempts: number;
}

interface RawProgress {
  readonly splits: number;
  readonly lastAtMs: number | null;
}

/** Reads the trials that run, by their numbers. @throws DamagedRow if a row of theirs does not fit its checksum. */
export function readRunning(db: Database, studyId: number): RunningRecord[] {
  const trials = db.prepare<[number], RawRunning>(
    // The order would make SQLite prefer the index on numbers, and look at every trial.
    "SELECT * FROM trials INDEXED BY trials_state WHERE study_id = ? AND state = 'running' ORDER BY number",
  );
  const attempts = db.prepare<[number, number], RawAttempt>(
    "SELECT * FROM attempts WHERE trial_id = ? AND attempt = ?",
  );
  const progress = db.prepare<[number], RawProgress>(
    "SELECT count(*) AS splits, max(recorded_at) AS lastAtMs FROM splits WHERE trial_id = ?",
  );
  return trials.all(studyId).flatMap((raw) => {
    const trial = requireIntact(db, "trials", raw);
    const attempt = attempts.get(trial.id, trial.attempts);
    if (!attempt) return [];
    requireIntact(db, "attempts", attempt);
    const { splits, lastAtMs } = progress.get(trial.id)!;
    return {
      trialId: trial.id,
      number: trial.number,
      params: JSON.parse(trial.params) as Params,
      attempt: attempt.attempt,
      slot: attempt.slot,
      hostPid: attempt.host_pid,
      startedAtMs: attempt.started_at,
      ...{ splits, lastSplitAtMs: lastAtMs },
    };
  });
}

const PLACES = countedColumns("attempts");
const AT = Object.fromEntries(PLACES.map((column, i) => [column, i + 1])) as Readonly<Record<string, number>>;

/**
 * Reads when and where attempts ran, in the order of their trials, a page at a time. The index on the trials' numbers is
 * enough to find them, so that no wide row of a trial is read.
 *
 * @throws DamagedRow if a row does not fit its checksum.
 */
export function* readSpans(db: Database, studyId: number, fromNumber: number): Generator<AttemptSpan[]> {
  const rows = db
    .prepare<[number, number, number], readonly unknown[]>(
      `SELECT t.number, ${checkedColumns("attempts", "a")} FROM trials t INDEXED BY trials_number
       CROSS JOIN attempts a ON a.trial_id = t.id
       WHERE t.study_id = ? AND t.number >= ? AND t.number < ? ORDER BY t.number, a.attempt`,
    )
    .raw();
  const newest = db
    .prepare<[number], number | null>("SELECT max(number) FROM trials WHERE study_id = ?")
    .pluck();
  const last = newest.get(studyId) ?? -1;
  for (let from = fromNumber; from <= last; from += PAGE) {
    const page = rows.all(studyId, from, from + PAGE);
    for (const row of page) if (!fitsAt("attempts", row, 1)) throw damagedRowAt(db, "attempts", row.slice(1));
    if (page.length > 0) yield page.map(toSpan);
  }
}

function toSpan(row: readonly unknown[]): AttemptSpan {
  const cell = <K>(column: string): K => row[AT[column]!] as K;
  return {
    number: row[0] as number,
    attempt: cell("attempt"),
    state: cell("state"),
    reason: cell("reason"),
    cause: cell("cause"),
    slot: cell("slot"),
    hostPid: cell("host_pid"),
    startedAtMs: cell("started_at"),
    endedAtMs: cell("ended_at"),
  };
}
