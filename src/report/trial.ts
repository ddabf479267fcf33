import type { Params } from "../core/space/space.ts";
import type { Detail, MemorySource, Reason, TrialError, TrialState } from "../core/trial.ts";
import type { TrialRecord } from "../store/records.ts";
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
  /** What a trial that its pruner has stopped would probably have come to; null where nobody can tell. */
  readonly estimate: number | null;
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

/** A trial as `query --json` prints it: the keys in the order in which people have them. */
export function toTrialJson(trial: TrialRecord): TrialJson {
  const { violation, memory } = trial;
  return {
    number: trial.number,
    state: trial.state,
    reason: trial.reason,
    detail: trial.detail,
    value: trial.value,
    estimate: trial.estimate,
    values: trial.values,
    constraints: trial.constraints,
    violation,
    feasible: violation === null ? null : violation === 0,
    params: trial.params,
    attempts: trial.attempts,
    startedAt: toIso(trial.startedAtMs),
    finishedAt: toIso(trial.finishedAtMs),
    durationMs: trial.durationMs,
    splits: trial.splits,
    memory: memory && {
      baselineBytes: memory.baselineBytes,
      peakBytes: memory.peakBytes,
      finalBytes: memory.rssBytes,
      tensors: memory.tensors,
      source: memory.source,
    },
    error: trial.error,
  };
}
