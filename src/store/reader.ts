import type { FinishedTrial, Observation } from "../core/search/history.ts";
import type { Reason } from "../core/trial.ts";
import type {
  AttemptSpan,
  AuditRecord,
  AuditSelection,
  RunningRecord,
  SlotMemoryRecord,
  SlotRecord,
} from "./activity.ts";
import type { Field, FieldCell, Selection } from "./filter.ts";
import type { Owner } from "./ownership.ts";
import type {
  AttemptRecord,
  FinalRecord,
  Learned,
  MemoryRecord,
  Metrics,
  ReportRecord,
  ResultRecord,
  StudyRow,
  TrialCounts,
  TrialRecord,
} from "./records.ts";
import type { Trace } from "./trace.ts";

/**
 * A cell of an SQL result: a bigint where an integer does not fit a double; a blob is the text `x'...'` in hexadecimal.
 */
export type SqlCell = string | number | bigint | null;

/** The result of an SQL statement. */
export interface SqlRows {
  readonly columns: readonly string[];
  readonly pages: AsyncIterable<readonly (readonly SqlCell[])[]>;
}

/**
 * Reads a database for reports. Each call sees one state of the database, even while others write; an iteration over
 * pages sees the state at its first page. All methods reject with BelayError `store` when the database cannot be read.
 */
export interface Reader {
  /** The database, as the user named it. */
  readonly location: string;
  /** All studies in the order of their creation. */
  studies(): Promise<StudyRow[]>;
  study(name: string): Promise<StudyRow | null>;
  /** The newest owner of a study, whether it has released the study or not; null before the first. */
  owner(studyId: number): Promise<Owner | null>;
  counts(studyId: number): Promise<TrialCounts>;
  /** How many trials have each reason, most frequent first. */
  reasons(studyId: number): Promise<{ readonly reason: Reason; readonly count: number }[]>;
  /**
   * The most frequent way in which trials were pruned or failed, by state, reason and error: how many, and the first of
   * them; null without such trials.
   */
  commonestLoss(studyId: number): Promise<{ readonly count: number; readonly first: TrialRecord } | null>;
  /** The largest and the mean memory peak of finished trials. */
  peaks(
    studyId: number,
  ): Promise<{ readonly largestBytes: number | null; readonly meanBytes: number | null }>;
  trials(study: StudyRow, selection?: Selection): AsyncIterable<readonly TrialRecord[]>;
  /**
   * The given fields of the selected trials, a row each, with the cells in the order of the fields. It is several times
   * as fast as `trials`, for reports that need few fields of many trials.
   */
  cells(
    study: StudyRow,
    fields: readonly Field[],
    selection?: Selection,
  ): AsyncIterable<readonly (readonly FieldCell[])[]>;
  trial(studyId: number, number: number): Promise<TrialRecord | null>;
  attempts(trialId: number): Promise<AttemptRecord[]>;
  /**
   * All memory readings of a trial, by attempt; in each attempt the start, the splits by number, then the final one.
   */
  memory(trialId: number): Promise<MemoryRecord[]>;
  reports(trialId: number): Promise<ReportRecord[]>;
  /** All that was recorded while trials ran, by their ids; a trial that has not begun is absent. */
  traces(trialIds: readonly number[]): Promise<ReadonlyMap<number, Trace>>;
  /**
   * The final memory of every finished trial, in the order in which the trials ended.
   *
   * @param newest - Only of the last so many trials. @default all
   */
  finals(studyId: number, newest?: number): Promise<FinalRecord[]>;
  /** The metrics that a study's scheduler recorded last; null before the first. */
  metrics(studyId: number): Promise<(Metrics & { readonly atMs: number }) | null>;
  /**
   * The metrics that were recorded at a moment or later, oldest first. There is one row every few seconds of a run; of
   * those that are older than a day one a minute is kept, and later one in ten minutes.
   */
  metricsSince(
    studyId: number,
    sinceMs: number,
  ): AsyncIterable<readonly (Metrics & { readonly atMs: number })[]>;
  /** What people did, and what happened to the study as a whole, newest first. */
  audit(studyId: number, selection: AuditSelection): Promise<AuditRecord[]>;
  /** The trials that run, by their numbers. Those of a coordinator that has died are among them until the next claim. */
  running(studyId: number): Promise<RunningRecord[]>;
  /**
   * When and where each attempt ran, in the order of the trials' numbers. To learn what is new, ask again from the lowest
   * number that had not ended.
   *
   * @param fromNumber - Only trials from this number on. @default 0
   */
  attemptSpans(studyId: number, fromNumber?: number): AsyncIterable<readonly AttemptSpan[]>;
  /**
   * The slots of a study as its coordinator recorded them last, which it does every few seconds; none if nobody runs it. A
   * coordinator that has died leaves its slots until the next claim.
   */
  slots(studyId: number): Promise<SlotRecord[]>;
  /**
   * The memory of each slot over time, from the half minute on in which a moment lies; oldest first, then by slot. It is
   * kept for three days.
   */
  slotMemory(studyId: number, sinceMs: number): AsyncIterable<readonly SlotMemoryRecord[]>;
  /** What a study learns from; null if from no other study. */
  learned(studyId: number): Promise<Learned | null>;
  /** What the last finished trials needed in memory and time, oldest first, for forecasts of later trials. */
  observations(study: StudyRow): Promise<Observation[]>;
  /** The numbers of the trials that a person has made invalid, ascending. */
  invalid(studyId: number): Promise<number[]>;
  /** The complete trials that meet their constraints and are not invalid, by ascending number. */
  results(studyId: number): AsyncIterable<readonly ResultRecord[]>;
  /**
   * Finished trials in the order in which the sampler was told of them.
   *
   * @param newest - Only the last so many of them. @default all
   * @param options - `withInvalid`: whether trials that a person has made invalid are among them. @default false
   */
  history(
    study: StudyRow,
    newest?: number,
    options?: { readonly withInvalid?: boolean },
  ): AsyncIterable<readonly FinishedTrial[]>;
  /** Runs one read-only SQL statement. Rejects with BelayError `usage` for any other text. */
  sql(text: string): Promise<SqlRows>;
  /** A number that changes whenever the database may have been written; cheap enough to be polled. */
  version(): Promise<number>;
  /** Runs `read` with a reader whose calls all see the same state; it must not be used after `read` has ended. */
  snapshot<T>(read: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
