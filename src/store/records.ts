import type { RecordedSplit } from "../core/engine.ts";
import type { Limits } from "../core/limits.ts";
import type { Direction } from "../core/search/direction.ts";
import type { SourceTrial } from "../core/search/learned.ts";
import type { Origin } from "../core/search/sampler.ts";
import type { Unparked } from "../core/search/unparked.ts";
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
import type { Wait } from "./activity.ts";

// The records that a store holds, as plain data: the same types for every kind of database.

/** How a run of a study ended. */
export const STUDY_ENDS = [
  "finished",
  "target",
  "timeout",
  "exhausted",
  "stopped",
  "breaker",
  "converged",
] as const;
export type StudyEnd = (typeof STUDY_ENDS)[number];

/** What a study is doing, or how its last run ended. A study whose owner died keeps `running` or `paused`. */
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
  /** null: the study does not use TensorFlow. */
  readonly backend: BackendChoice | null;
  readonly noise: boolean;
  /** How many trials the study is to have in all. */
  readonly trials: number;
  /** A trial fails after this many attempts whose coordinator or host died before they recorded a new split. */
  readonly maxAttempts: number;
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: Limits;
}

/** A study as it is stored. */
export interface StudyRow extends NewStudy {
  readonly id: number;
  readonly state: StudyState;
  /**
   * How long coordinators have run the study, all runs together; a run whose coordinator died counts up to its last
   * heartbeat, once the next one claims the study.
   */
  readonly activeMs: number;
  readonly createdAtMs: number;
  /** When its last run ended; null while it runs. */
  readonly endedAtMs: number | null;
  /** Details about the end of its last run, such as the figures of the stop rule that held; null if there are none. */
  readonly endDetail: Detail | null;
}

/** What a study learns from: trials of another one, as they were when the study was created. */
export interface Learned {
  /** The name of the other study. */
  readonly source: string;
  /** The other study's database; null: that of the study. */
  readonly file: string | null;
  readonly trials: readonly SourceTrial[];
}

/** Changes to a study after its launch; absent fields stay as they are. */
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

/** A recorded split, which the trial does not run again, and the attempt that ran it. */
export interface StoredSplit extends RecordedSplit {
  readonly attempt: number;
}

/** A trial that waits for its first or next attempt. */
export interface WaitingTrial {
  readonly id: number;
  readonly number: number;
  /** An enqueued trial without an attempt may lack params, which the sampler then chooses; all others are complete. */
  readonly params: Params;
  readonly enqueued: boolean;
  /** Who proposed it, and why; absent: that was not recorded. */
  readonly origin?: Origin;
  /** How many attempts the trial has had; one with 0 is started by `startTrial`, others by `startAttempt`. */
  readonly attempts: number;
  /** The recorded splits in the order in which they ran. */
  readonly splits: readonly StoredSplit[];
  /** That it was taken up again after its race had stopped it; absent: it was not. */
  readonly unparked?: Unparked;
  /** The reports of the attempt that recorded split 0: in a one-split study these are the steps that the pruner saw. */
  readonly reports: readonly Report[];
}

/** What `settle` did with the trials that a dead owner left running. */
export interface Settled {
  /** Numbers of the trials that now wait for their next attempt. */
  readonly waiting: readonly number[];
  /** Numbers of the trials that had no attempt left and failed with the reason `interrupted`. */
  readonly failed: readonly number[];
}

/** A command that another process has sent to the coordinator of a live study. */
export interface Command {
  readonly id: number;
  /** `set`, `pause`, `resume`, `stop`, `kill`, `enqueue`, `invalidate`. */
  readonly kind: string;
  readonly data: Json;
  /** Who sent it: `user@host`, or the name of a program; null: not known. */
  readonly who: string | null;
  readonly sentAtMs: number;
}

/** The states of a run's circuit breaker; `off` if it has none. */
export const BREAKER_STATES = ["off", "closed", "open", "half-open", "dead"] as const;

/**
 * What the scheduler of a run saw and decided at one moment. `lostMs`, `attempts` and `tickerMisfires` sum over the
 * run.
 */
export interface Metrics {
  readonly trialsPerMinute: number;
  readonly slotsBusy: number;
  /** How many trials may run at the same time. */
  readonly slots: number;
  /** How many proposals wait for memory. */
  readonly waiting: number;
  /** Why each proposal waits, a line for each such as `trial 7: ...`; null if none does. */
  readonly why: string | null;
  /** What keeps further trials from starting, though there would be some; empty if nothing does. */
  readonly waits: readonly Wait[];
  /** The used share of the machine's processor time, and what other programs used: 0 to 1; null where unreadable. */
  readonly cpu: number | null;
  readonly cpuOthers: number | null;
  readonly memoryTotal: number | null;
  readonly memoryAvailable: number | null;
  /** Memory that all hosts hold. */
  readonly hostsBytes: number | null;
  readonly budgetBytes: number | null;
  /** Memory that the running trials are expected to hold at their peaks. */
  readonly claimedBytes: number | null;
  /** Time spent on trials that guards, failures or kills have ended. */
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

/** That a person has found a finished trial to be wrong: it is shown, and counts for nothing else. */
export interface Invalid {
  readonly atMs: number;
  /** `user@host`, or the name of a program; null: not known. */
  readonly who: string | null;
  /** What is wrong with it, in words; null: nobody said. */
  readonly reason: string | null;
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
  /** The pruner's estimate of the value that a pruned trial would have reached, if the pruner gives one. */
  readonly estimate: number | null;
  readonly values: readonly number[];
  readonly constraints: readonly number[];
  /** The sum of the positive constraints; null unless the trial is complete. */
  readonly violation: number | null;
  /** null: it counts. */
  readonly invalid: Invalid | null;
  readonly params: Params;
  /** Who proposed it, and why (see `Origin`); null if that was not recorded, or, of `why`, if there is nothing to add. */
  readonly proposer: string | null;
  readonly why: string | null;
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** Sum over all attempts. */
  readonly durationMs: number | null;
  readonly splits: readonly SplitRecord[];
  /** null until the trial has ended. */
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
  /** The splits that this attempt recorded. */
  readonly splits: readonly number[];
  readonly slot: number | null;
  readonly hostPid: number | null;
  readonly codeHash: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly durationMs: number | null;
}

/** When a memory reading was taken: at the start of an attempt, after a split, or at the end of the trial. */
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
