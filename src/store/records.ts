import type { RecordedSplit } from "../core/engine.ts";
import type { Limits } from "../core/limits.ts";
import type { Direction } from "../core/search/direction.ts";
import type { Setting } from "../core/setting.ts";
import type { Params, Space } from "../core/space/space.ts";
import type { BackendChoice } from "../core/study.ts";
import type {
  AttemptState,
  Detail,
  InterruptCause,
  Json,
  MemoryReading,
  MemorySource,
  Reason,
  Report,
  TrialError,
  TrialState,
} from "../core/trial.ts";

/** What a database holds, as plain data: the same for every database. */

/** How a run of a study ended. */
export const STUDY_ENDS = ["finished", "target", "timeout", "exhausted", "stopped", "breaker"] as const;
export type StudyEnd = (typeof STUDY_ENDS)[number];

/** What a study is doing, or how its last run ended. A study whose owner died still says `running`. */
export const STUDY_STATES = ["running", "paused", ...STUDY_ENDS] as const;
export type StudyState = (typeof STUDY_STATES)[number];

/** A study as it is created. */
export interface NewStudy {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly space: Space;
  readonly splitCount: number;
  readonly splitHash: string;
  readonly codeHash: string;
  /** Absolute path of the study file. */
  readonly studyFile: string;
  readonly seed: number;
  readonly sampler: string;
  readonly pruner: string;
  /** null: no TensorFlow. */
  readonly backend: BackendChoice | null;
  readonly noise: boolean;
  /** The target: this many trials in all. */
  readonly trials: number;
  /** How many attempts that died without a new split a trial has. */
  readonly maxAttempts: number;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
}

/** A study as it is stored. */
export interface StudyRow extends NewStudy {
  readonly id: number;
  readonly state: StudyState;
  /** Time in which a coordinator ran it, all runs together. */
  readonly activeMs: number;
  readonly createdAtMs: number;
  /** The end of its last run; null while it runs. */
  readonly endedAtMs: number | null;
}

/** What may change in a study after its launch; what is absent stays. */
export interface StudyUpdate {
  readonly state?: StudyState;
  readonly trials?: number;
  readonly maxAttempts?: number;
  readonly codeHash?: string;
  readonly studyFile?: string;
  readonly splitCount?: number;
  readonly splitHash?: string;
  readonly space?: NewStudy["space"];
  readonly settings?: NewStudy["settings"];
  readonly limits?: NewStudy["limits"];
  readonly activeMs?: number;
}

/** How many trials are in each state. */
export type TrialCounts = Readonly<Record<TrialState, number>>;

/** A split that a trial need not run again, and the attempt that ran it. */
export interface StoredSplit extends RecordedSplit {
  readonly attempt: number;
}

/** A trial that waits for an attempt. */
export interface WaitingTrial {
  readonly id: number;
  readonly number: number;
  /** Whole, except that an enqueued trial without an attempt may leave params out for the sampler to choose. */
  readonly params: Params;
  readonly enqueued: boolean;
  /** How many attempts it has had; 0: start it with `startTrial`, else with `startAttempt`. */
  readonly attempts: number;
  readonly splits: readonly StoredSplit[];
  /** What it reported in the attempt that recorded split 0: for a one-split study, the steps that the pruner saw. */
  readonly reports: readonly Report[];
}

/** What `settle` found. */
export interface Settled {
  /** Numbers of the trials that wait for their next attempt. */
  readonly waiting: readonly number[];
  /** Numbers of the trials that have no attempt left: fail, `interrupted`. */
  readonly failed: readonly number[];
}

/** What another process asks of the coordinator of a live study. */
export interface Command {
  readonly id: number;
  /** `set`, `pause`, `resume`, `stop`, `kill`. */
  readonly kind: string;
  readonly data: Json;
  readonly sentAtMs: number;
}

/** What the circuit breaker of a run does. */
export const BREAKER_STATES = ["off", "closed", "open", "half-open", "dead"] as const;

/** What the scheduler of a run saw and decided at one moment. Sums (`lostMs`, `attempts`, misfires) are over the run. */
export interface Metrics {
  readonly trialsPerMinute: number;
  readonly slotsBusy: number;
  /** How many trials may run at a time now. */
  readonly slots: number;
  /** Trials that are asked for and wait for memory, and why: a line for each, `trial 7: ...`. */
  readonly waiting: number;
  readonly why: string | null;
  /** Shares of the machine's processor time, 0 to 1; null where they cannot be read. */
  readonly cpu: number | null;
  readonly cpuOthers: number | null;
  readonly memoryTotal: number | null;
  readonly memoryAvailable: number | null;
  /** What all hosts hold. */
  readonly hostsBytes: number | null;
  readonly budgetBytes: number | null;
  /** What running trials are expected to hold at their peaks. */
  readonly claimedBytes: number | null;
  /** Time of trials that guards, failures and kills have ended. */
  readonly lostMs: number;
  readonly attempts: number;
  readonly tickerLagMs: number;
  readonly tickerMisfires: number;
  readonly breaker: (typeof BREAKER_STATES)[number];
}

/** A finished split of a trial. */
export interface SplitRecord {
  readonly split: number;
  readonly value: number | null;
  readonly values: readonly number[];
  readonly durationMs: number;
  readonly rssBytes: number | null;
}

/** A trial with its splits and its final memory. */
export interface TrialRecord {
  readonly id: number;
  readonly number: number;
  readonly state: TrialState;
  readonly reason: Reason | null;
  readonly detail: Detail | null;
  /** The first value. */
  readonly value: number | null;
  /** What a trial that its pruner has stopped would probably have come to, if the pruner can tell; never a value. */
  readonly estimate: number | null;
  readonly values: readonly number[];
  readonly constraints: readonly number[];
  /** The sum of what exceeds 0 among the constraints; null until the trial is complete. */
  readonly violation: number | null;
  readonly params: Params;
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** All attempts together. */
  readonly durationMs: number | null;
  readonly splits: readonly SplitRecord[];
  /** null until the trial is over. */
  readonly memory: {
    readonly baselineBytes: number | null;
    readonly peakBytes: number | null;
    readonly rssBytes: number | null;
    readonly tensors: number | null;
    readonly source: MemorySource;
  } | null;
  readonly error: TrialError | null;
}

/** An attempt of a trial. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly state: AttemptState;
  readonly reason: Reason | null;
  readonly cause: InterruptCause | null;
  readonly detail: Detail | null;
  /** The splits that it has recorded. */
  readonly splits: readonly number[];
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly codeHash: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly durationMs: number | null;
}

/** When a memory reading was taken. */
export const MEMORY_PHASES = ["start", "split", "final"] as const;
export type MemoryPhase = (typeof MEMORY_PHASES)[number];

/** A memory reading of a trial. */
export interface MemoryRecord extends MemoryReading {
  readonly attempt: number;
  readonly phase: MemoryPhase;
  /** null in the phases `start` and `final`. */
  readonly split: number | null;
  readonly source: MemorySource;
  readonly atMs: number;
}

/** The final memory of a trial, with how the trial ended and where it ran. */
export interface FinalRecord extends Omit<MemoryReading, "arrayBufferBytes"> {
  readonly number: number;
  readonly state: TrialState;
  readonly reason: Reason | null;
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly source: MemorySource;
}

/** A value that a trial reported inside a split; null: it was not finite. */
export interface ReportRecord {
  readonly split: number;
  readonly step: number;
  readonly value: number | null;
}

/** The result of a complete trial that meets its constraints. */
export interface ResultRecord {
  readonly number: number;
  readonly values: readonly number[];
}
