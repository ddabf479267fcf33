import type { FinishedTrial } from "../core/search/history.ts";
import type { Origin } from "../core/search/sampler.ts";
import type { Params } from "../core/space/space.ts";
import type { Detail, FinalMemory, InterruptCause, Outcome, Report, SplitResult } from "../core/trial.ts";
import type { SlotReading } from "./activity.ts";
import type { Invalidation, InvalidationOrder } from "./invalidation.ts";
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

/** Identifies one attempt of a trial in every write about it. */
export interface AttemptKey {
  readonly trialId: number;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * The writes of a study's owner. Each write checks in its own transaction that the study still has this owner. It
 * rejects with BelayError `stale`, and writes nothing, when the study has another owner or the attempt has ended. A
 * write that rejects with a `StoreError` has written nothing either, and can be tried again if the error is `passing`.
 * Writes that are called in the same turn of the event loop share a transaction. A read sees every write that has
 * resolved before it.
 */
export interface StudyWrites {
  /**
   * Ends the attempts that a dead owner left running. It must be called once after `claim`, before any other method.
   */
  settle(): Promise<Settled>;
  /** @returns the study after the update. */
  update(changes: StudyUpdate): Promise<StudyRow>;
  /**
   * Adds a waiting trial with some or all of its params.
   *
   * @param options - `proposed`: who proposed the params, if that was not a person but a sampler, whose proposal waits for
   *   memory; null: not known. @default a person asked for them
   * @returns its number.
   */
  enqueue(params: Params, options?: { readonly proposed: Origin | null }): Promise<number>;
  /**
   * Starts the first attempt of a trial: of the waiting trial with this number if there is one, which keeps its origin, else
   * of a new trial.
   */
  startTrial(trial: {
    readonly number: number;
    readonly params: Params;
    /** Who proposed the params. @default not known */
    readonly origin?: Origin | null;
  }): Promise<AttemptKey>;
  /** Starts the next attempt of a waiting trial. */
  startAttempt(trialId: number): Promise<AttemptKey>;
  /**
   * Takes trials up again that a pruner has stopped: they wait for their next attempt. What was recorded stays; their end
   * goes to the audit trail, and the detail of their rows says from then on that they were taken up.
   *
   * @returns the number of the round: they are all of the same one.
   */
  reopen(numbers: readonly number[]): Promise<number>;
  /**
   * Makes a finished trial invalid, or lets it count again. An order that cannot be carried out changes nothing.
   *
   * @param who - Who asked for it; null: not known.
   */
  invalidate(order: InvalidationOrder, who: string | null): Promise<Invalidation>;
  /** Records where an attempt runs and how much memory its host held at the start. */
  recordStart(
    key: AttemptKey,
    start: { readonly slot: number; readonly hostPid: number | null; readonly baselineBytes: number | null },
  ): Promise<void>;
  /**
   * Records a split. The write is durable when it resolves; with `isLast` it becomes durable milliseconds later, since
   * no verdict depends on the last split. A split that was recorded before is left unchanged.
   */
  recordSplit(key: AttemptKey, result: SplitResult, options?: { readonly isLast?: boolean }): Promise<void>;
  recordReport(key: AttemptKey, report: Report): Promise<void>;
  /**
   * Ends the attempt and its trial and adds the trial's final-memory row, in one transaction. The write becomes durable
   * within milliseconds after it resolves.
   */
  finish(
    key: AttemptKey,
    outcome: Outcome,
    final: FinalMemory,
    timing: { readonly durationMs: number },
  ): Promise<void>;
  /**
   * Ends an attempt.
   *
   * @param how - How long it has run, by default since its start, and for the audit trail the machine that was lost.
   * @returns whether its trial waits for the next attempt or has failed because none is left.
   */
  interrupt(
    key: AttemptKey,
    cause: InterruptCause,
    how?: { readonly durationMs?: number; readonly machine?: string },
  ): Promise<"waiting" | "fail">;
  /** Adds an event to the audit trail. */
  event(kind: string, trialId: number | null, data: Detail): Promise<void>;
  /** Answers a command that another process sent. */
  answer(commandId: number, answer: Detail): Promise<void>;
  /**
   * Ends the run: running attempts end as interrupted by `cause`, the study gets the state `end`, its slots are forgotten,
   * commands that have come too late are refused, and another process may claim it.
   *
   * @param detail - Details about the end, such as the figures of the stop rule that holds. Default: none.
   */
  release(end: StudyEnd, cause?: InterruptCause, detail?: Detail | null): Promise<void>;
}

/** Writes that are repeated at intervals: skipping one does no harm. */
export interface PeriodicWrites {
  /**
   * Records that the owner is alive; called every few seconds. Rejects with BelayError `store` if the database file was
   * deleted or replaced; what it held is saved to another file first, where that is possible.
   */
  heartbeat(): Promise<void>;
  /**
   * Records what the scheduler saw and decided, and the slots as they are: they replace those that were recorded before.
   *
   * @param slots - @default none
   */
  recordMetrics(metrics: Metrics, slots?: readonly SlotReading[]): Promise<void>;
  /** Deletes details older than `ages`, but no final reading, peak or kill. @returns how many rows were deleted. */
  thin(ages?: RetentionAges): Promise<number>;
}

/** The reads of a study's owner. */
export interface StudyReads {
  counts(): Promise<TrialCounts>;
  /** The number of the next new trial. */
  nextNumber(): Promise<number>;
  /** Waiting trials by ascending number. */
  waiting(): Promise<WaitingTrial[]>;
  /**
   * Finished trials in the order in which the sampler was told of them, read a page at a time; without those that are
   * invalid.
   */
  history(): AsyncIterable<FinishedTrial>;
  /** The numbers of the trials that are invalid, ascending. */
  invalid(): Promise<number[]>;
  /** Unanswered commands that have arrived since the last call. A call is cheap while the database does not change. */
  commands(): Promise<Command[]>;
}

/**
 * A study as its owner sees it. All methods write except those of `reads`. A former owner can still read, but its
 * writes are rejected.
 */
export interface OwnedStudy extends StudyWrites {
  readonly id: number;
  /** This owner's number: 1 for the study's first owner, one more for each later one. */
  readonly epoch: number;
  /** The study as it was when this owner got it; later updates do not change it. */
  readonly row: StudyRow;
  readonly periodic: PeriodicWrites;
  readonly reads: StudyReads;
}
