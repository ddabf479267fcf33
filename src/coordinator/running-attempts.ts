import type { RecordedSplit } from "../core/engine.ts";
import { isFeasible } from "../core/search/constraints.ts";
import type { RunningTrial } from "../core/search/history.ts";
import type { Params } from "../core/space/space.ts";
import type { Outcome } from "../core/trial.ts";
import type { ScheduledLimits } from "../scheduler/split-timeout.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { RunControl } from "./control.ts";

/** One execution of a trial. It exists as soon as the write of its start has begun. */
export interface Attempt {
  /** The trial's number. */
  readonly number: number;
  /** Counts from 1. */
  readonly attempt: number;
  /** Resolves when the start is recorded; everything else about the attempt is recorded after that. */
  readonly key: Promise<AttemptKey>;
  readonly row: Float64Array;
  readonly params: Params;
  /** Splits that an earlier attempt has recorded. */
  readonly recorded: readonly RecordedSplit[];
  /** The other splits, in the order in which they run. */
  readonly order: readonly number[];
  /** The name of the machine on which it runs. */
  readonly machine: string;
  /** The trial as samplers and pruners see it. */
  readonly running: RunningTrial;
  /** Ends this attempt and no other. */
  readonly abort: AbortController;
  /** The limits that apply from the next split on. */
  limits: ScheduledLimits;
  /** Finished splits of all attempts of the trial together. */
  finishedSplits: number;
  /** Whether no finished split has broken a constraint. */
  isFeasible: boolean;
  /** The aggregate over the finished splits; null when there is none. */
  partial: readonly number[] | null;
  /** The outcome by the pruner's verdict; null unless the verdict was to prune. */
  pruned: Outcome | null;
  /** The outcome when the database has refused the trial's data; null otherwise. */
  refused: Outcome | null;
  /** Whether a person has killed it: then it fails as `stopped`. */
  killed: boolean;
  /** Whether a machine has taken it: something has happened in it. */
  isTaken: boolean;
  /** Whether it has ended because its machine is gone, and its trial may start again in this run. */
  goesOn: boolean;
  /** The largest RSS at the end of a split; null before there is one. */
  peakBytes: number | null;
  /** Whether the peak is representative of these params; false if the trial failed early. */
  isRepresentative: boolean;
}

/** An attempt before anything has happened in it. */
export function newAttempt(
  start: Pick<
    Attempt,
    "number" | "attempt" | "key" | "row" | "params" | "recorded" | "order" | "running" | "limits" | "machine"
  >,
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
    isTaken: false,
    goesOn: false,
    peakBytes: null,
    isRepresentative: false,
  };
}

const NONE: ReadonlyMap<number, Attempt> = new Map();

/**
 * The running attempts, by the number of their trial. One listener on the run's signal aborts them all; a signal made with
 * AbortSignal.any for each trial would stay attached to the run's signal, one more with every trial.
 */
export function runningAttempts(control: Pick<RunControl, "now">) {
  const attempts = new Map<number, Attempt>();
  const byMachine = new Map<string, Map<number, Attempt>>();
  control.now.addEventListener("abort", () => {
    for (const { abort } of attempts.values()) abort.abort();
  });
  return {
    begin(attempt: Attempt): void {
      if (control.now.aborted) attempt.abort.abort();
      attempts.set(attempt.number, attempt);
      const there = byMachine.get(attempt.machine);
      if (there) there.set(attempt.number, attempt);
      else byMachine.set(attempt.machine, new Map([[attempt.number, attempt]]));
    },
    end(number: number): void {
      const attempt = attempts.get(number);
      if (!attempt) return;
      attempts.delete(number);
      const there = byMachine.get(attempt.machine)!;
      there.delete(number);
      if (there.size === 0) byMachine.delete(attempt.machine);
    },
    /** The attempts that run on a machine, by the number of their trial. */
    on: (machine: string): ReadonlyMap<number, Attempt> => byMachine.get(machine) ?? NONE,
    /** Kills an attempt. @returns false when it is not running, or is being killed already. */
    kill(number: number): boolean {
      const attempt = attempts.get(number);
      if (!attempt || attempt.killed) return false;
      attempt.killed = true;
      attempt.abort.abort();
      return true;
    },
    /** Ends the attempts that no machine has taken yet, so that a run which is to stop does not wait for one. */
    abortUntaken(): void {
      for (const { abort, isTaken } of attempts.values()) if (!isTaken) abort.abort();
    },
    /** Ends an attempt whose outcome is known already. */
    abort: (number: number) => attempts.get(number)?.abort.abort(),
    get: (number: number): Attempt | null => attempts.get(number) ?? null,
    values: (): IterableIterator<Attempt> => attempts.values(),
    get size() {
      return attempts.size;
    },
  };
}

export type RunningAttempts = ReturnType<typeof runningAttempts>;
