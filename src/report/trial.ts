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

/** The final memory of a trial, as `query --json` prints it; null where it is unknown. */
export interface MemoryJson {
  readonly baselineBytes: number | null;
  readonly peakBytes: number | null;
  readonly finalBytes: number | null;
  readonly tensors: number | null;
  readonly source: MemorySource;
}

/** Since when a trial is invalid, as `query --json` prints it. */
export interface InvalidJson {
  readonly at: string;
  /** `user@host`, or the name of a program; null: not known. */
  readonly who: string | null;
  readonly reason: string | null;
}

/** A trial, as `query --json` prints it. */
export interface TrialJson {
  readonly number: number;
  readonly state: TrialState;
  readonly reason: Reason | null;
  readonly detail: Detail | null;
  readonly value: number | null;
  /** The pruner's estimate of the value that a pruned trial would have reached, if the pruner gives one. */
  readonly estimate: number | null;
  readonly values: readonly number[];
  /** The constraints that the trial returned, each of which is met if it is 0 or less; empty without constraints. */
  readonly constraints: readonly number[];
  /** The sum of the positive constraints; null unless the trial is complete. */
  readonly violation: number | null;
  /** Whether all constraints are met; null unless the trial is complete. */
  readonly feasible: boolean | null;
  /** That a person has made it invalid: since when, who, and why; null: it counts. */
  readonly invalid: InvalidJson | null;
  readonly params: Params;
  /** Who proposed it: a sampler or a part of one, `defaults`, `enqueued`; null: not known. */
  readonly proposer: string | null;
  /** Why it was proposed, in words; null if there is nothing to add. */
  readonly why: string | null;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Sum over all attempts. */
  readonly durationMs: number | null;
  readonly splits: readonly SplitJson[];
  /** null until the trial has ended. */
  readonly memory: MemoryJson | null;
  readonly error: TrialError | null;
}

/** Turns a trial into what `query --json` prints, with the keys in the order to print. */
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
    invalid: trial.invalid && {
      at: toIso(trial.invalid.atMs),
      who: trial.invalid.who,
      reason: trial.invalid.reason,
    },
    params: trial.params,
    proposer: trial.proposer,
    why: trial.why,
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
