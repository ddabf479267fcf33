import type { Limits } from "../core/limits.ts";
import type { Direction } from "../core/search/direction.ts";
import type { Setting } from "../core/setting.ts";
import { type Params, type Space, toRow } from "../core/space/space.ts";
import type { BackendChoice } from "../core/study.ts";
import type { Detail, TrialState } from "../core/trial.ts";
import type { Invalid, StudyRow, StudyState, TrialCounts } from "../store/records.ts";

/** A row of `studies` as SQLite returns it. */
export interface RawStudy {
  id: number;
  name: string;
  state: StudyState;
  directions: string;
  space: string;
  split_count: number;
  split_hash: string;
  code_hash: string;
  study_file: string;
  seed: number;
  sampler: string;
  pruner: string;
  backend: BackendChoice | null;
  noise: number;
  trials: number;
  max_attempts: number;
  settings: string;
  limits: string;
  active_ms: number;
  created_at: number;
  ended_at: number | null;
  end_detail: string | null;
}

export function toStudy(raw: RawStudy): StudyRow {
  return {
    id: raw.id,
    name: raw.name,
    state: raw.state,
    directions: JSON.parse(raw.directions) as Direction[],
    space: JSON.parse(raw.space) as Space,
    splitCount: raw.split_count,
    splitHash: raw.split_hash,
    codeHash: raw.code_hash,
    studyFile: raw.study_file,
    seed: raw.seed,
    sampler: raw.sampler,
    pruner: raw.pruner,
    backend: raw.backend,
    noise: raw.noise === 1,
    trials: raw.trials,
    maxAttempts: raw.max_attempts,
    settings: JSON.parse(raw.settings) as Record<string, Setting>,
    limits: JSON.parse(raw.limits) as Limits,
    activeMs: raw.active_ms,
    createdAtMs: raw.created_at,
    endedAtMs: raw.ended_at,
    endDetail: toDetail(raw.end_detail),
  };
}

/** Selects the study of a name. */
export const STUDY_BY_NAME = "SELECT * FROM studies WHERE name = ?";

/** Counts the trials of a study by state; `toCounts` reads the rows. */
export const COUNT_BY_STATE = "SELECT state, count(*) AS count FROM trials WHERE study_id = ? GROUP BY state";

/** A row of `COUNT_BY_STATE`. */
export interface StateCount {
  readonly state: TrialState;
  readonly count: number;
}

export function toCounts(rows: readonly StateCount[]): TrialCounts {
  const counts = { complete: 0, pruned: 0, fail: 0, waiting: 0, running: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

/** The two columns for a result: the first value as a number, and all of them as JSON if there are several. */
export function fromValues(values: readonly number[]): { value: number | null; allValues: string | null } {
  return { value: values[0] ?? null, allValues: values.length > 1 ? JSON.stringify(values) : null };
}

export function toValues(value: number | null, allValues: string | null): number[] {
  if (allValues !== null)
    return (JSON.parse(allValues) as (number | null)[]).map((each) => each ?? Number.NaN);
  return value === null ? [] : [value];
}

/** A list as JSON; null if it is empty, to save space in studies without constraints. */
export function fromList(list: readonly number[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}

export function toList(json: string | null): number[] {
  return json === null ? [] : (JSON.parse(json) as number[]);
}

/** Encodes stored params. If they do not fit the space the database is damaged, so the error is not one of usage. */
export function toStoredRow(space: Space, params: Params): Float64Array {
  try {
    return toRow(space, params);
  } catch (cause) {
    throw new Error(`stored params: ${(cause as Error).message}`, { cause });
  }
}

export function toInvalid(json: string | null): Invalid | null {
  return json === null ? null : (JSON.parse(json) as Invalid);
}

export function toDetail(json: string | null): Detail | null {
  return json === null ? null : (JSON.parse(json) as Detail);
}

/** A measured number for an INTEGER column. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
