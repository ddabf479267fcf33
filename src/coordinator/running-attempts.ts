import type { RecordedSplit } from "../core/engine.ts";
import { isFeasible } from "../core/search/constraints.ts";
import type { RunningTrial } from "../core/search/history.ts";
import type { Params } from "../core/space/space.ts";
import type { Outcome } from "../core/trial.ts";
import type { ScheduledLimits } from "../scheduler/split-timeout.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { RunControl } from "./control.ts";

/** One execution of a trial, from the moment in which it is on its way to the database as running. */
export interface Attempt {
  /** The trial's number. */
  readonly number: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** Settles when its start is recorded: whatever is recorded of it comes after that. */
  readonly key: Promise<AttemptKey>;
  readonly row: Float64Array;
  readonly params: Params;
  /** Splits that an earlier attempt has recorded. */
  readonly recorded: readonly RecordedSplit[];
  /** The trial as samplers and pruners see it. */
  readonly running: RunningTrial;
  /** Ends this attempt alone. */
  readonly abort: AbortController;
  /** The limits that apply from its next split on. */
  limits: ScheduledLimits;
  /** Of all attempts together. */
  finishedSplits: number;
  /** Whether no finished split has broken a constraint. */
  isFeasible: boolean;
  /** The aggregate over the finished splits; null: there is none. */
  partial: readonly number[] | null;
  /** The pruner's verdict, if it is to end the trial. */
  pruned: Outcome | null;
  /** How it ends because the database has refused what it told; null: it has not. */
  refused: Outcome | null;
  /** A person has killed it: it fails as `stopped`. */
  killed: boolean;
  /** The largest RSS at the end of a split; null before there is one. */
  peakBytes: number | null;
  /** Whether the peak is representative of these params; false if the trial failed early. */
  isRepresentative: boolean;
}

/** What an attempt is when it starts: nothing has been seen of it yet. */
export function newAttempt(
  start: Pick<Attempt, "number" | "attempt" | "key" | "row" | "params" | "recorded" | "running" | "limits">,
): Attempt {
  return {
    ...start,
    abort: new AbortController(),
    finishedSplits: start.recorded.length,
    isFeasible: start.recorded.every(({ constraints }) => isFeasible(constraints)),
    partial: null,
    pruned: null,
    refused: null,
    killed: false,
    peakBytes: null,
    isRepresentative: false,
  };
}

/**
 * The attempts that run, by the number of their trial. One listener ends them all: a signal made with AbortSignal.any
 * would be kept for each.
 */
export function runningAttempts(control: RunControl) {
  const attempts = new Map<number, Attempt>();
  control.now.addEventListener("abort", () => {
    for (const { abort } of attempts.values()) abort.abort();
  });
  return {
    begin(attempt: Attempt): void {
      if (control.now.aborted) attempt.abort.abort();
      attempts.set(attempt.number, attempt);
    },
    end: (number: number) => void attempts.delete(number),
    /** @returns false when it does not run, or is being killed. */
    kill(number: number): boolean {
      const attempt = attempts.get(number);
      if (!attempt || attempt.killed) return false;
      attempt.killed = true;
      attempt.abort.abort();
      return true;
    },
    /** Ends its attempt: it has failed already. */
    cut: (number: number) => attempts.get(number)?.abort.abort(),
    get: (number: number): Attempt | null => attempts.get(number) ?? null,
    values: (): IterableIterator<Attempt> => attempts.values(),
    get size() {
      return attempts.size;
    },
  };
}

export type RunningAttempts = ReturnType<typeof runningAttempts>;
