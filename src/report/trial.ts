import type { Database } from "better-sqlite3";
import type { Params } from "../core/space/space.ts";
import type { Detail, MemorySource, Reason, TrialError, TrialState } from "../core/trial.ts";
import { toDetail, toList, toValues } from "../store/rows.ts";
import { toIso } from "./study.ts";

/** A split of a trial, as `query --json` prints it. */
export interface SplitJson {
  readonly split: number;
  readonly value: number | null;
  readonly values: readonly number[];
  readonly durationMs: number;
  readonly rssBytes: number | null;
}

/** The final memory of a trial, as `query --json` prints it; null is what could not be known. */
export interface MemoryJson {
  readonly baselineBytes: number | null;
  readonly peakBytes: number | null;
  readonly finalBytes: number | null;
  readonly tensors: number | null;
  readonly source: MemorySource;
}

/** A trial, as `query --json` prints it. */
export interface TrialJson {
  readonly number: number;
  readonly state: TrialState;
  readonly reason: Reason | null;
  readonly detail: Detail | null;
  readonly value: number | null;
  readonly values: readonly number[];
  /** What the trial returned beside its values: met where it is 0 or less. Empty without constraints. */
  readonly constraints: readonly number[];
  /** By how much the constraints are broken, all together; null until the trial is complete. */
  readonly violation: number | null;
  /** Whether all constraints are met; null until the trial is complete. */
  readonly feasible: boolean | null;
  readonly params: Params;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** All attempts together. */
  readonly durationMs: number | null;
  readonly splits: readonly SplitJson[];
  /** null until the trial is over. */
  readonly memory: MemoryJson | null;
  readonly error: TrialError | null;
}

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
  attempts: number;
  started_at: number | null;
  finished_at: number | null;
  duration_ms: number | null;
  error: string | null;
  source: MemorySource | null;
  baseline_bytes: number | null;
  peak_bytes: number | null;
  rss_bytes: number | null;
  tensors: number | null;
}

interface RawSplit {
  trial_id: number;
  split: number;
  value: number | null;
  all_values: string | null;
  duration_ms: number;
  rss_bytes: number | null;
}

const PAGE = 500;

/** Reads trials by id, in the order of the ids, a page at a time. */
export function* readTrials(db: Database, ids: readonly number[]): Generator<TrialJson> {
  const trials = db.prepare<[string], RawTrial>(
    `SELECT t.id, t.number, t.state, t.reason, t.detail, t.value, t.all_values, t.constraints, t.violation, t.params,
       t.attempts, t.started_at, t.finished_at, t.duration_ms, t.error, m.source, m.baseline_bytes, m.peak_bytes, m.rss_bytes, m.tensors
     FROM json_each(?) AS wanted JOIN trials t ON t.id = wanted.value
     LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final' ORDER BY wanted.key`,
  );
  const splits = db.prepare<[string], RawSplit>(
    `SELECT trial_id, split, value, all_values, duration_ms, rss_bytes FROM splits
     WHERE trial_id IN (SELECT value FROM json_each(?)) ORDER BY trial_id, split`,
  );
  for (let start = 0; start < ids.length; start += PAGE) {
    const page = JSON.stringify(ids.slice(start, start + PAGE));
    const byTrial = new Map<number, SplitJson[]>();
    for (const raw of splits.all(page)) {
      const list = byTrial.get(raw.trial_id) ?? [];
      list.push(toSplit(raw));
      byTrial.set(raw.trial_id, list);
    }
    for (const raw of trials.all(page)) yield toTrial(raw, byTrial.get(raw.id) ?? []);
  }
}

function toSplit(raw: RawSplit): SplitJson {
  const values = toValues(raw.value, raw.all_values);
  return { split: raw.split, value: raw.value, values, durationMs: raw.duration_ms, rssBytes: raw.rss_bytes };
}

function toTrial(raw: RawTrial, splits: readonly SplitJson[]): TrialJson {
  return {
    number: raw.number,
    state: raw.state,
    reason: raw.reason,
    detail: toDetail(raw.detail),
    value: raw.value,
    values: toValues(raw.value, raw.all_values),
    constraints: toList(raw.constraints),
    violation: raw.violation,
    feasible: raw.violation === null ? null : raw.violation === 0,
    params: JSON.parse(raw.params) as Params,
    attempts: raw.attempts,
    startedAt: toIso(raw.started_at),
    finishedAt: toIso(raw.finished_at),
    durationMs: raw.duration_ms,
    splits,
    memory: raw.source && {
      baselineBytes: raw.baseline_bytes,
      peakBytes: raw.peak_bytes,
      finalBytes: raw.rss_bytes,
      tensors: raw.tensors,
      source: raw.source,
    },
    error: raw.error === null ? null : (JSON.parse(raw.error) as TrialError),
  };
}
