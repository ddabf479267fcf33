import type { FinishedTrial, Observation } from "../core/search/history.ts";
import type { Reason } from "../core/trial.ts";
import type { Selection } from "./filter.ts";
import type { Owner } from "./ownership.ts";
import type {
  AttemptRecord,
  FinalRecord,
  MemoryRecord,
  Metrics,
  ReportRecord,
  ResultRecord,
  StudyRow,
  TrialCounts,
  TrialRecord,
} from "./records.ts";

/** A cell of an answer to SQL: a whole number that a double cannot hold is a bigint, and a blob is text. */
export type SqlCell = string | number | bigint | null;

/** The answer to a statement. */
export interface SqlRows {
  readonly columns: readonly string[];
  readonly pages: AsyncIterable<readonly (readonly SqlCell[])[]>;
}

/**
 * What reports read of a database. Each call sees one state of it, whatever is written meanwhile, and pages that are
 * iterated see the state at the first page until the last. Rejects with BelayError `store` when the database cannot be
 * read.
 */
export interface Reader {
  /** The database, as it was named. */
  readonly location: string;
  /** All studies, in the order in which they were created. */
  studies(): Promise<StudyRow[]>;
  study(name: string): Promise<StudyRow | null>;
  /** The newest owner of a study, released or not; null: none yet. */
  owner(studyId: number): Promise<Owner | null>;
  counts(studyId: number): Promise<TrialCounts>;
  /** How many trials have each reason, the most frequent first. */
  reasons(studyId: number): Promise<{ readonly reason: Reason; readonly count: number }[]>;
  /** The most frequent ending of pruned and failed trials, by state, reason and error; null: there is no such trial. */
  commonestLoss(studyId: number): Promise<{ readonly count: number; readonly first: TrialRecord } | null>;
  /** The largest and the mean peak of finished trials. */
  peaks(
    studyId: number,
  ): Promise<{ readonly largestBytes: number | null; readonly meanBytes: number | null }>;
  trials(study: StudyRow, selection?: Selection): AsyncIterable<readonly TrialRecord[]>;
  trial(studyId: number, number: number): Promise<TrialRecord | null>;
  attempts(trialId: number): Promise<AttemptRecord[]>;
  /** Every memory reading of a trial: by attempt, in each the start, the splits and the final one. */
  memory(trialId: number): Promise<MemoryRecord[]>;
  reports(trialId: number): Promise<ReportRecord[]>;
  /** The final memory of every finished trial, in the order in which they ended. */
  finals(studyId: number): Promise<FinalRecord[]>;
  /** What the scheduler of a study last wrote down; null before it has. */
  metrics(studyId: number): Promise<(Metrics & { readonly atMs: number }) | null>;
  /** The last finished trials, oldest first, as far as they say what further ones will need. */
  observations(study: StudyRow): Promise<Observation[]>;
  /** The complete trials that meet their constraints, in the order of their numbers. */
  results(studyId: number): AsyncIterable<readonly ResultRecord[]>;
  /** Finished trials in the order in which samplers were told of them. */
  history(study: StudyRow): AsyncIterable<readonly FinishedTrial[]>;
  /** Runs one statement that only reads. Rejects with `usage` for any other one, and for one that is wrong. */
  sql(text: string): Promise<SqlRows>;
  /** Another number than before as soon as something may have been written: cheap to ask often. */
  version(): Promise<number>;
  /** Runs `read` with a reader whose calls all see the same state. That reader is of no use afterwards. */
  snapshot<T>(read: (reader: Reader) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
