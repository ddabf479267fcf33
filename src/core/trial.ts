/** The states of a trial that is over; such trials count towards a study's total. */
export const FINISHED_STATES = ["complete", "pruned", "fail"] as const;
export type FinishedState = (typeof FINISHED_STATES)[number];

/** All states of a trial. */
export const TRIAL_STATES = ["waiting", "running", ...FINISHED_STATES] as const;
export type TrialState = (typeof TRIAL_STATES)[number];

/** How many of a study's trials are over, from the number in each state. */
export function finishedOf(counts: Readonly<Record<FinishedState, number>>): number {
  return FINISHED_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/**
 * Why a trial was pruned: its pruner stopped it (`pruner`), it reached a limit of time (`split-timeout`,
 * `trial-timeout`) or its memory limit (`memory-limit`), the machine was short of memory and this trial was the largest
 * (`memory-reserve`), or a value was NaN or infinite (`not-finite`).
 *
 * @example
 * search.tell(number, { state: "pruned", reason: "split-timeout" });
 */
export type PruneReason =
  | "pruner"
  | "split-timeout"
  | "trial-timeout"
  | "memory-limit"
  | "memory-reserve"
  | "not-finite";

/**
 * Why a trial failed: `train` threw or returned no number (`error`), its worker or program ended without a result
 * (`exit`), V8, Python or CUDA ran out of memory (`heap`), a signal ended its process (`crash`), import, `data` or
 * `splits` failed (`setup`), a person stopped it (`stopped`), or too many of its attempts were cut short
 * (`interrupted`).
 *
 * @example
 * search.tell(number, { state: "fail", reason: "crash" });
 */
export type FailReason = "error" | "exit" | "heap" | "crash" | "setup" | "stopped" | "interrupted";

// The public unions are written out, so that the compiler shows them by name in its messages to users. The lists come
// from records, in which the compiler requires every member of the union and no other.
const EVERY_PRUNE_REASON: Readonly<Record<PruneReason, true>> = {
  pruner: true,
  "split-timeout": true,
  "trial-timeout": true,
  "memory-limit": true,
  "memory-reserve": true,
  "not-finite": true,
};
const EVERY_FAIL_REASON: Readonly<Record<FailReason, true>> = {
  error: true,
  exit: true,
  heap: true,
  crash: true,
  setup: true,
  stopped: true,
  interrupted: true,
};
export const PRUNE_REASONS = Object.keys(EVERY_PRUNE_REASON) as readonly PruneReason[];
export const FAIL_REASONS = Object.keys(EVERY_FAIL_REASON) as readonly FailReason[];

export type Reason = PruneReason | FailReason;

/** Whether a limit of time or memory ended a trial. The values that it had shown until then are good all the same. */
export function isGuard(reason: Reason | null): boolean {
  return reason !== null && GUARDS.has(reason);
}

/** Whether a trial was lost: it failed, or a limit or a bad value ended it. What a pruner ends is its work, not a loss. */
export function isLost(reason: Reason | null): boolean {
  return reason !== null && reason !== "pruner";
}

/** Whether a trial was lost to a limit, V8's of its heap among them. */
export function isLostToGuard(reason: Reason | null): boolean {
  return reason === "heap" || isGuard(reason);
}

const GUARDS: ReadonlySet<Reason> = new Set([
  "split-timeout",
  "trial-timeout",
  "memory-limit",
  "memory-reserve",
] satisfies Reason[]);

export const REASONS: readonly Reason[] = [...PRUNE_REASONS, ...FAIL_REASONS];

/** JSON as plain data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The facts recorded with a reason: the limit, what was measured, during what, by whom, on which rung of the ladder.
 */
export type Detail = Readonly<Record<string, Json>>;

/** An error that a trial threw, shortened to fit a database row. */
export interface TrialError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/**
 * The value that a trial which was stopped early would probably have reached. It never counts as a value: only complete
 * trials have one.
 *
 * @example
 * const estimate: Estimate = { value: 0.87, sd: 0.02 };
 */
export interface Estimate {
  readonly value: number;
  /** Standard deviation of the trial's true value around this estimate; 0 if the estimate is certain. */
  readonly sd: number;
}

/** How a trial ended. Only a complete trial has values. */
export type Outcome =
  | {
      readonly state: "complete";
      readonly values: readonly number[];
      readonly constraints: readonly number[];
    }
  | { readonly state: "pruned"; readonly reason: PruneReason; readonly detail: Detail }
  | {
      readonly state: "fail";
      readonly reason: FailReason;
      readonly detail: Detail;
      readonly error: TrialError | null;
    };

/** How an attempt ended: as its trial did, or interrupted; then the trial waits for its next attempt. */
export type AttemptEnd = Outcome | { readonly state: "interrupted"; readonly by: InterruptCause };

/** What cut an attempt short. Only `coordinator` (it died) and `host` (Belay lost the host) use up attempts. */
export const INTERRUPT_CAUSES = ["ctrl-c", "stop", "coordinator", "host", "reboot"] as const;
export type InterruptCause = (typeof INTERRUPT_CAUSES)[number];

/** All states of an attempt. */
export const ATTEMPT_STATES = ["running", ...FINISHED_STATES, "interrupted"] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** A finished split of a trial. */
export interface SplitResult {
  readonly split: number;
  /** One value per direction. */
  readonly values: readonly number[];
  /** Feasible when <= 0; empty without constraints. */
  readonly constraints: readonly number[];
  /** Time in `train`, without the wait for the verdict. */
  readonly durationMs: number;
  readonly memory: MemoryReading;
}

/** A value that `train` reported within a split. */
export interface Report {
  readonly split: number;
  readonly step: number;
  readonly value: number;
}

/** A reading of memory, in bytes. null means that a number cannot be known here; no number is ever a guess. */
export interface MemoryReading {
  /** Resident set of the host and its children. */
  readonly rssBytes: number | null;
  /** RSS when the trial began. */
  readonly baselineBytes: number | null;
  /** The largest RSS since the trial began. */
  readonly peakBytes: number | null;
  /** Used V8 heap of the worker's isolate. */
  readonly heapBytes: number | null;
  readonly externalBytes: number | null;
  readonly arrayBufferBytes: number | null;
  /** Number of live tensors in the worker. */
  readonly tensors: number | null;
  readonly tensorBytes: number | null;
  readonly gpuBytes: number | null;
}

/** A reading in which nothing is known. */
export const UNKNOWN_MEMORY: MemoryReading = {
  rssBytes: null,
  baselineBytes: null,
  peakBytes: null,
  heapBytes: null,
  externalBytes: null,
  arrayBufferBytes: null,
  tensors: null,
  tensorBytes: null,
  gpuBytes: null,
};

/** Who took a final reading: the worker after its cleanup, or a guard that saw the host last. */
export const MEMORY_SOURCES = ["worker", "guard"] as const;
export type MemorySource = (typeof MEMORY_SOURCES)[number];

/** The final-memory row of an attempt. */
export interface FinalMemory extends MemoryReading {
  readonly source: MemorySource;
}
