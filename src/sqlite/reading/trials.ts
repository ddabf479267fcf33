import type { Database } from "better-sqlite3";
import { estimateOf } from "../../core/search/history.ts";
import type { Params } from "../../core/space/space.ts";
import type { MemorySource, Reason, TrialError, TrialState } from "../../core/trial.ts";
import type { OrderKey, Selection } from "../../store/filter.ts";
import type { ResultRecord, SplitRecord, TrialRecord } from "../../store/records.ts";
import {
  type CheckedRow,
  checkedColumns,
  fitsAt,
  fitsHistory,
  historyColumns,
} from "../checksum/checksum.ts";
import { damagedRow, damagedRowAt, requireIntact } from "../checksum/intact.ts";
import { toDetail, toInvalid, toList, toValues } from "../rows.ts";
import { compileFilter, compileOrder, type SqlCondition } from "./where.ts";

interface RawTrial {
  id: number;
  number: number;
  state: TrialState;
  reason: Reason | null;
  detail: string | null;
  value: number | null;
  all_values: string | null;
  constraints: string | null;
  violation: number | null;
  params: string;
  invalid: string | null;
  proposer: string | null;
  why: string | null;
  attempts: number;
  started_at: number | null;
  finished_at: number | null;
  duration_ms: number | null;
  error: string | null;
}

/** The hashed columns of a split in the order of `CHECKED`; an array, because a large study has many splits. */
type RawSplit = readonly [
  trialId: number,
  split: number,
  value: number | null,
  attempt: number,
  allValues: string | null,
  constraints: string | null,
  durationMs: number,
  rssBytes: number | null,
  ...checked: (number | null)[],
];

interface RawFinal {
  trial_id: number;
  source: MemorySource;
  baseline_bytes: number | null;
  peak_bytes: number | null;
  rss_bytes: number | null;
  tensors: number | null;
}

const PAGE = 500;

/** Reads the selected trials of a study in the selection's order, a page at a time. */
export function* selectTrials(db: Database, studyId: number, selection: Selection): Generator<TrialRecord[]> {
  // All ids are read first, which take only a few bytes each.
  const ids = selectIds(db, studyId, selection);
  for (let start = 0; start < ids.length; start += PAGE) yield readTrials(db, ids.slice(start, start + PAGE));
}

export function findTrial(db: Database, studyId: number, number: number): TrialRecord | null {
  const id = db.prepare("SELECT id FROM trials WHERE study_id = ? AND number = ?").pluck();
  const found = id.get(studyId, number) as number | undefined;
  return found === undefined ? null : readTrials(db, [found])[0]!;
}

/** Reads trials in the order of their ids. @throws DamagedRow if a row of theirs does not fit its checksum. */
export function readTrials(db: Database, ids: readonly number[]): TrialRecord[] {
  const wanted = JSON.stringify(ids);
  const trials = db.prepare<[string], RawTrial>(
    "SELECT t.* FROM json_each(?) AS wanted JOIN trials t ON t.id = wanted.value ORDER BY wanted.key",
  );
  const splits = db
    .prepare(
      `SELECT ${checkedColumns("splits", "s")} FROM splits s
       WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, split`,
    )
    .raw();
  const finals = db.prepare<[string], RawFinal>(
    "SELECT * FROM memory_log WHERE trial_id IN (SELECT value FROM json_each(?)) AND phase = 'final'",
  );
  const splitsOf = new Map<number, SplitRecord[]>();
  for (const raw of splits.all(wanted) as RawSplit[]) {
    if (!fitsAt("splits", raw, 0)) throw damagedRowAt(db, "splits", raw);
    const list = splitsOf.get(raw[0]);
    if (list) list.push(toSplit(raw));
    else splitsOf.set(raw[0], [toSplit(raw)]);
  }
  const finalOf = new Map<number, RawFinal>();
  for (const raw of finals.all(wanted)) finalOf.set(raw.trial_id, requireIntact(db, "memory_log", raw));
  return trials
    .all(wanted)
    .map((raw) =>
      toTrial(requireIntact(db, "trials", raw), splitsOf.get(raw.id) ?? [], finalOf.get(raw.id) ?? null),
    );
}

/** Reads the results of complete trials that meet their constraints, a page at a time. */
export function* readResults(db: Database, studyId: number): Generator<ResultRecord[]> {
  interface Raw extends CheckedRow {
    readonly number: number;
    readonly value: number;
    readonly all_values: string | null;
  }
  const page = db.prepare<[number, number], Raw>(
    `SELECT ${historyColumns("trials", "t")} FROM trials t
     WHERE study_id = ? AND number > ? AND state = 'complete' AND violation = 0 AND invalid IS NULL ORDER BY number LIMIT 1000`,
  );
  for (let last = -1; ; ) {
    const raws = page.all(studyId, last);
    if (raws.length === 0) return;
    for (const raw of raws) if (!fitsHistory("trials", raw)) throw damagedRow(db, "trials", raw);
    yield raws.map(({ number, value, all_values }) => ({ number, values: toValues(value, all_values) }));
    last = raws.at(-1)!.number;
  }
}

/** The ids of the selected trials, in the selection's order. */
export function selectIds(db: Database, studyId: number, selection: Selection): number[] {
  const { order = [], limit } = selection;
  const condition = selection.filter ? compileFilter(selection.filter) : null;
  const idsOf = (also: string, keys: readonly OrderKey[]): number[] =>
    queryIds(db, studyId, { ...selection, order: keys }, { condition, also });
  // If feasible trials come first, only these are read at first: an index finds the best of them without the others,
  // which are needed only if there are fewer feasible ones than the limit.
  if (limit !== undefined && order[0]?.field.name === "feasible" && order[0].descending) {
    const ids = idsOf(" AND t.violation = 0", order.slice(1));
    if (ids.length === limit) return ids;
  }
  return idsOf("", order);
}

function queryIds(
  db: Database,
  studyId: number,
  { order = [], limit = -1, offset = 0 }: Selection,
  { condition, also }: { readonly condition: SqlCondition | null; readonly also: string },
): number[] {
  const where = `t.study_id = ?${condition ? ` AND ${condition.sql}` : ""}${also}`;
  const orderBy = [...compileOrder(order), "t.number"].join(", ");
  const memory = /\bm\./.test(`${where} ${orderBy}`)
    ? "LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final'"
    : "";
  const select = `SELECT t.id FROM trials t ${memory} WHERE ${where} ORDER BY ${orderBy} LIMIT ? OFFSET ?`;
  const bind = [studyId, ...(condition?.bind ?? []), limit, offset];
  return db.prepare(select).pluck().all(bind) as number[];
}

function toSplit([, split, value, , allValues, , durationMs, rssBytes]: RawSplit): SplitRecord {
  return { split, value, values: toValues(value, allValues), durationMs, rssBytes };
}

function toTrial(raw: RawTrial, splits: readonly SplitRecord[], final: RawFinal | null): TrialRecord {
  const detail = toDetail(raw.detail);
  return {
    id: raw.id,
    number: raw.number,
    state: raw.state,
    reason: raw.reason,
    detail,
    value: raw.value,
    estimate: raw.state === "pruned" ? (estimateOf(detail)?.value ?? null) : null,
    values: toValues(raw.value, raw.all_values),
    constraints: toList(raw.constraints),
    violation: raw.violation,
    invalid: toInvalid(raw.invalid),
    params: JSON.parse(raw.params) as Params,
    proposer: raw.proposer,
    why: raw.why,
    attempts: raw.attempts,
    startedAtMs: raw.started_at,
    finishedAtMs: raw.finished_at,
    durationMs: raw.duration_ms,
    splits,
    memory: final && {
      baselineBytes: final.baseline_bytes,
      peakBytes: final.peak_bytes,
      rssBytes: final.rss_bytes,
      tensors: final.tensors,
      source: final.source,
    },
    error: raw.error === null ? null : (JSON.parse(raw.error) as TrialError),
  };
}
