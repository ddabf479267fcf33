import type { FinishedTrial } from "../core/history.ts";
import type { Params } from "../core/space/space.ts";
import type {
  Detail,
  FinalMemory,
  InterruptCause,
  Json,
  Outcome,
  Report,
  SplitResult,
} from "../core/trial.ts";
import type { Identity } from "./identity.ts";
import type {
  Command,
  Metrics,
  NewStudy,
  RetentionAges,
  Settled,
  StudyEnd,
  StudyRow,
  StudyUpdate,
  TrialCounts,
  WaitingTrial,
} from "./records.ts";

/** One attempt of a trial, and the owner who runs it: every write about it carries all three. */
export interface AttemptKey {
  readonly trialId: number;
  /** Counts from 1. */
  readonly attempt: number;
  readonly epoch: number;
}

/**
 * What the coordinator keeps in the database. Every write of an owner carries its `epoch`, checked in the transaction
 * of the write, and rejects with BelayError `stale` when the study has another owner, or the attempt has ended: then
 * nothing was written. A write that rejects with `store` left nothing behind either, and may be tried again when
 * it is `passing`. Writes that are asked for in the same moment share a transaction; reads see all that was
 * resolved before.
 */
export interface Store {
  /** The database, without symbolic links. */
  readonly file: string;
  /** Creates a study and makes `owner` its owner. Rejects with `usage` when the name exists. */
  createStudy(record: NewStudy, owner: Identity): Promise<{ study: StudyRow; epoch: number }>;
  findStudy(name: string): Promise<StudyRow | null>;
  studyNames(): Promise<string[]>;
  /**
   * Becomes the owner of an existing study; rejects with `owner` while another one lives. After an owner that died the
   * database is checked: rejects with `store` when it is damaged. @returns the epoch.
   */
  claim(studyId: number, owner: Identity, options?: { takeover?: boolean }): Promise<number>;
  /**
   * Tells that the owner lives: every few seconds. Rejects with `store` when the file was deleted or replaced; then
   * what it held is saved beside it.
   */
  heartbeat(studyId: number, epoch: number): Promise<void>;
  /** Ends the run: attempts that still run end as interrupted by `cause`, the study in `end`, and it is free. */
  release(studyId: number, epoch: number, end: StudyEnd, cause?: InterruptCause): Promise<void>;
  updateStudy(studyId: number, epoch: number, changes: StudyUpdate): Promise<StudyRow>;
  /** Ends what a dead owner left running: called once after `claim`, before anything else. */
  settle(studyId: number, epoch: number): Promise<Settled>;

  counts(studyId: number): Promise<TrialCounts>;
  /** The number that the next trial gets. */
  nextNumber(studyId: number): Promise<number>;
  /**
   * Adds a waiting trial with these params, possibly not all. `enqueued`: a person asked for it; false: the sampler
   * did, and it waits for memory. @returns its number.
   */
  enqueue(studyId: number, epoch: number, params: Params, enqueued?: boolean): Promise<number>;
  /** Trials that wait, by number. */
  waiting(studyId: number): Promise<WaitingTrial[]>;
  /** The first attempt of a new trial, or of an enqueued one (by its number). */
  startTrial(studyId: number, epoch: number, trial: { number: number; params: Params }): Promise<AttemptKey>;
  /** The next attempt of a waiting trial. */
  startAttempt(trialId: number, epoch: number): Promise<AttemptKey>;
  /** Where an attempt runs, and its memory when it began. */
  recordStart(
    key: AttemptKey,
    start: { slot: number; hostPid: number | null; baselineBytes: number | null },
  ): Promise<void>;
  /**
   * Durable when it resolves; with `isLast`, of which nobody awaits a verdict, within milliseconds after. A split that
   * was recorded before stays as it is.
   */
  recordSplit(key: AttemptKey, result: SplitResult, options?: { isLast?: boolean }): Promise<void>;
  recordReport(key: AttemptKey, report: Report): Promise<void>;
  /** Ends the attempt and its trial, with its final-memory row, in one transaction; durable within milliseconds. */
  finish(
    key: AttemptKey,
    outcome: Outcome,
    final: FinalMemory,
    timing: { durationMs: number },
  ): Promise<void>;
  /** Ends an attempt; its trial waits for the next one, or fails when its attempts have run out. */
  interrupt(
    key: AttemptKey,
    cause: InterruptCause,
    timing?: { durationMs: number },
  ): Promise<"waiting" | "fail">;
  /** Adds to the audit trail. */
  event(studyId: number, epoch: number, kind: string, trialId: number | null, data: Detail): Promise<void>;
  /** A row of monitoring: what the scheduler saw and decided. */
  recordMetrics(studyId: number, epoch: number, metrics: Metrics): Promise<void>;
  /** Thins what is older than the ages allow; every final reading, peak and kill stays. @returns rows taken out. */
  thin(studyId: number, epoch: number, ages?: RetentionAges): Promise<number>;
  /** Finished trials in the order in which they were told; reads a page at a time. */
  history(studyId: number): AsyncIterable<FinishedTrial>;

  /** Commands that have come since the last poll; costs next to nothing while the file does not change. */
  pollCommands(studyId: number): Promise<Command[]>;
  answerCommand(studyId: number, epoch: number, id: number, answer: Detail): Promise<void>;
  /** For other processes. @returns the command's id. */
  addCommand(studyId: number, kind: string, data: Json): Promise<number>;
  /** The coordinator's answer; null: none yet. */
  commandAnswer(id: number): Promise<Detail | null>;

  /** Writes what is waiting and closes the file. */
  close(): void;
}
