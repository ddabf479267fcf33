import type { TrialLimits } from "../core/engine.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { RunControl } from "./control.ts";

/** An attempt that runs, as far as others may reach into it. */
export interface RunningAttempt {
  readonly key: Promise<AttemptKey>;
  readonly row: Float64Array;
  /** Ends this attempt at once, or with all others. */
  readonly signal: AbortSignal;
  /** The limits that apply from its next split on. */
  limits: TrialLimits;
  /** A person has killed it: it fails as `stopped`. */
  killed: boolean;
  /** The largest RSS at the end of a split; null before there is one. */
  peakBytes: number | null;
  /** Whether the peak is representative of these params; false if the trial failed early. */
  tells: boolean;
}

/** The attempts that run, by the number of their trial. One listener serves them all: a signal made with AbortSignal.any would be kept for each. */
export function runningAttempts(control: RunControl) {
  const trials = new Map<number, RunningAttempt & { readonly abort: AbortController }>();
  control.now.addEventListener("abort", () => {
    for (const { abort } of trials.values()) abort.abort();
  });
  return {
    begin(number: number, trial: Pick<RunningAttempt, "key" | "row" | "limits">): RunningAttempt {
      const abort = new AbortController();
      if (control.now.aborted) abort.abort();
      const live = { ...trial, abort, signal: abort.signal, killed: false, peakBytes: null, tells: false };
      trials.set(number, live);
      return live;
    },
    end: (number: number) => void trials.delete(number),
    /** @returns false when it does not run, or is being killed. */
    kill(number: number): boolean {
      const trial = trials.get(number);
      if (!trial || trial.killed) return false;
      trial.killed = true;
      trial.abort.abort();
      return true;
    },
    /** Ends its attempt: it has failed already. */
    cut: (number: number) => trials.get(number)?.abort.abort(),
    get: (number: number): RunningAttempt | null => trials.get(number) ?? null,
    entries: (): IterableIterator<[number, RunningAttempt]> => trials.entries(),
    get size() {
      return trials.size;
    },
  };
}

export type RunningAttempts = ReturnType<typeof runningAttempts>;
