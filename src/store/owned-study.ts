import type { FinishedTrial } from "../core/search/history.ts";
import type { Params } from "../core/space/space.ts";
import type { Detail, FinalMemory, InterruptCause, Outcome, Report, SplitResult } from "../core/trial.ts";
import type {
  Command,
  Metrics,
  Settled,
  StudyEnd,
  StudyRow,
  StudyUpdate,
  TrialCounts,
  WaitingTrial,
} from "./records.ts";
import type { RetentionAges } from "./retention.ts";

/** One attempt of a trial: every write about it carries both. */
export interface AttemptKey {
  readonly trialId: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * What the owner of a study records. Every write checks in its own transaction that the study still is the owner's, and
 * rejects with BelayError `stale` when it has another one, or the attempt has ended: then nothing was written. A write
 * that rejects with a `StoreError` left nothing behind either, and may be tried again when that is `passing`. Writes that
 * are asked for in the same moment share a transaction; reads see all that was resolved before.
 */
export interface StudyWrites {
  /** Ends what a dead owner left running: called once after `claim`, before anything else. */
  settle(): Promise<Settled>;
  /** @returns the study as it is then. */
  update(changes: StudyUpdate): Promise<StudyRow>;
  /**
   * Adds a waiting trial with these params, possibly not all. `enqueued`: a person asked for it; false: the sampler
   * did, and it waits for memory. @returns its number.
   */
  enqueue(params: Params, enqueued?: boolean): Promise<number>;
  /** The first attempt of a new trial, or of an enqueued one (by its number). */
  startTrial(trial: { readonly number: number; readonly params: Params }): Promise<AttemptKey>;
  /** The next attempt of a waiting trial. */
  startAttempt(trialId: number): Promise<AttemptKey>;
  /** Where an attempt runs, and its memory when it began. */
  recordStart(
    key: AttemptKey,
    start: { readonly slot: number; readonly hostPid: number | null; readonly baselineBytes: number | null },
  ): Promise<void>;
  /**
   * Durable when it resolves; with `isLast`, of which nobody awaits a verdict, within milliseconds after. A split that
   * was recorded before stays as it is.
   */
  recordSplit(key: AttemptKey, result: SplitResult, options?: { readonly isLast?: boolean }): Promise<void>;
  recordReport(key: AttemptKey, report: Report): Promise<void>;
  /** Ends the attempt and its trial, with its final-memory row, in one transaction; durable within milliseconds. */
  finish(
    key: AttemptKey,
    outcome: Outcome,
    final: FinalMemory,
    timing: { readonly durationMs: number },
  ): Promise<void>;
  /** Ends an attempt; its trial waits for the next one, or fails when its attempts have run out. */
  interrupt(
    key: AttemptKey,
    cause: InterruptCause,
    timing?: { readonly durationMs: number },
  ): Promise<"waiting" | "fail">;
  /** Adds to the audit trail. */
  event(kind: string, trialId: number | null, data: Detail): Promise<void>;
  /** Answers a command that another process has sent. */
  answer(commandId: number, answer: Detail): Promise<void>;
  /** Ends the run: attempts that still run end as interrupted by `cause`, the study in `end`, and it is free. */
  release(end: StudyEnd, cause?: InterruptCause): Promise<void>;
}

/** Writes that come again by themselves: leaving one out does no harm. */
export interface PeriodicWrites {
  /**
   * Tells that the owner lives: every few seconds. Rejects with `store` when the file was deleted or replaced; then
   * what it held is saved beside it.
   */
  heartbeat(): Promise<void>;
  /** A row of monitoring: what the scheduler saw and decided. */
  recordMetrics(metrics: Metrics): Promise<void>;
  /** Thins what is older than the ages allow; every final reading, peak and kill stays. @returns rows taken out. */
  thin(ages?: RetentionAges): Promise<number>;
}

/** What the owner of a study reads of it. */
export interface StudyReads {
  counts(): Promise<TrialCounts>;
  /** The number that the next trial gets. */
  nextNumber(): Promise<number>;
  /** Trials that wait, by number. */
  waiting(): Promise<WaitingTrial[]>;
  /** Finished trials in the order in which they were told; reads a page at a time. */
  history(): AsyncIterable<FinishedTrial>;
  /** Commands that have come since the last call; costs next to nothing while the database does not change. */
  commands(): Promise<Command[]>;
}

/**
 * A study in the hands of its owner. All methods but those of `reads` write; a former owner can still read, but is
 * refused every write.
 */
export interface OwnedStudy extends StudyWrites {
  readonly id: number;
  /** Counts the owners that the study has had. */
  readonly epoch: number;
  /** The study when it became the owner's. */
  readonly row: StudyRow;
  readonly periodic: PeriodicWrites;
  readonly reads: StudyReads;
}
