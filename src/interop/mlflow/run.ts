import type { TrialState } from "../../core/trial.ts";
import type { StudyRow, TrialRecord } from "../../store/records.ts";
import type { Trace } from "../../store/trace.ts";

/** A point of a metric. */
export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** A param or a tag. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** What a request to `runs/log-batch` may hold. */
export interface Batch {
  readonly metrics: readonly Metric[];
  readonly params: readonly Entry[];
  readonly tags: readonly Entry[];
}

// The limits of `runs/log-batch`.
const MAX_IN_ALL = 1000;
const MAX_PARAMS = 100;
const MAX_PARAM_LENGTH = 6000;
const MAX_TAG_LENGTH = 5000;

/** How MLflow calls the states of trials that have begun. */
export const STATUSES: Readonly<Record<Exclude<TrialState, "waiting">, string>> = {
  running: "RUNNING",
  complete: "FINISHED",
  pruned: "KILLED",
  fail: "FAILED",
};

/** The tags by which an export finds the runs of an earlier one. */
export const TAGS = {
  /** The study by its name and the time of its creation, since another database may have one of the same name. */
  study: "belay.study",
  trial: "belay.trial",
  /** The state of the trial, written with the last of the rest. */
  state: "belay.state",
  /** How many points of metrics were written. */
  metrics: "belay.metrics",
} as const;

export function studyTag({ name, createdAtMs }: StudyRow): string {
  return `${name} ${new Date(createdAtMs).toISOString()}`;
}

/**
 * The metrics of a trial in the order in which they were recorded, so that what was written of a running trial is a
 * beginning of what it has later. A value that is not finite is none.
 */
export function metricsOf(study: StudyRow, trial: TrialRecord, trace: Trace): Metric[] {
  const { directions, splitCount } = study;
  const several = directions.length > 1;
  const points: Metric[] = [];
  const add = (key: string, timestamp: number, step: number, value: number | null | undefined): void => {
    if (value !== null && value !== undefined && Number.isFinite(value))
      points.push({ key, value, timestamp, step });
  };
  for (const { split, step, value, atMs } of trace.reports)
    add(splitCount > 1 ? `report/${split}` : "report", atMs, Math.round(step), value);
  for (const { split, values, atMs } of trace.splits)
    directions.forEach((_, i) => {
      add(several ? `split.${i}` : "split", atMs, split, values[i]);
    });
  points.sort((a, b) => a.timestamp - b.timestamp);
  const { finishedAtMs } = trial;
  if (finishedAtMs === null) return points;
  for (const [i, value] of trial.values.entries())
    add(several ? `values.${i}` : "value", finishedAtMs, 0, value);
  add("durationMs", finishedAtMs, 0, trial.durationMs);
  add("memory.peakBytes", finishedAtMs, 0, trial.memory?.peakBytes);
  return points;
}

/** What a trial has besides params and metrics, as tags. */
function tagsOf(trial: TrialRecord): Entry[] {
  const { reason, detail, proposer, why, estimate, error, constraints, violation } = trial;
  const texts: Readonly<Record<string, string | null>> = {
    reason,
    detail: detail && JSON.stringify(detail),
    ...{ proposer, why },
    estimate: estimate === null ? null : String(estimate),
    constraints: constraints.length > 0 ? JSON.stringify(constraints) : null,
    invalid: trial.invalid && (trial.invalid.reason ?? "true"),
    feasible: violation === null ? null : String(violation === 0),
    error: error && `${error.name}: ${error.message}`,
  };
  return Object.entries(texts).flatMap(([key, value]) =>
    value === null ? [] : [{ key: `belay.${key}`, value: value.slice(0, MAX_TAG_LENGTH) }],
  );
}

/**
 * Divides what a run has into requests that keep the limits. Each says in a tag how many points are written with it, and the
 * last the state of the trial.
 *
 * @param from - How many points are written already.
 */
export function* batchesOf(trial: TrialRecord, metrics: readonly Metric[], from: number): Generator<Batch> {
  const params = paramsOf(trial);
  const tags = tagsOf(trial);
  let nextParam = 0;
  let nextMetric = from;
  let [isFirst, hasMore] = [true, true];
  do {
    const some = params.slice(nextParam, nextParam + MAX_PARAMS);
    const own = isFirst ? tags : [];
    const points = metrics.slice(nextMetric, nextMetric + MAX_IN_ALL - some.length - own.length - 2);
    nextParam += some.length;
    nextMetric += points.length;
    isFirst = false;
    hasMore = nextParam < params.length || nextMetric < metrics.length;
    const done = hasMore ? [] : [{ key: TAGS.state, value: trial.state }];
    const progress = { key: TAGS.metrics, value: String(nextMetric) };
    yield { params: some, tags: [...own, progress, ...done], metrics: points };
  } while (hasMore);
}

function paramsOf({ params }: TrialRecord): Entry[] {
  return Object.entries(params).map(([key, value]) => ({
    key,
    value: String(value).slice(0, MAX_PARAM_LENGTH),
  }));
}
