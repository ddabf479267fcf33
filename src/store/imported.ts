import type { Params } from "../core/space/space.ts";
import type { Detail, FinishedState, Reason, TrialError } from "../core/trial.ts";
import type { Invalid, Learned, NewStudy, ReportRecord, SplitRecord, TrialRecord } from "./records.ts";
import type { Trace } from "./trace.ts";

/** A trial that another program, or another database, has recorded. */
export interface ImportedTrial {
  /** Counts from 0 without gaps. */
  readonly number: number;
  /** A trial that had not ended waits, and a resume runs it anew. */
  readonly state: FinishedState | "waiting";
  readonly reason: Reason | null;
  readonly detail: Detail | null;
  /** One value per direction of a complete trial; empty for others. */
  readonly values: readonly number[];
  readonly constraints: readonly number[];
  readonly params: Params;
  readonly proposer: string | null;
  readonly why: string | null;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  readonly durationMs: number | null;
  /** Its splits, reports and final memory where that is all that is known; or its trace, which has them. */
  readonly ran:
    | {
        readonly splits: readonly SplitRecord[];
        readonly reports: readonly ReportRecord[];
        /** null: nothing is known of it. */
        readonly memory: TrialRecord["memory"];
      }
    | Trace;
  readonly error: TrialError | null;
  /** That a person has found it to be wrong. @default it counts */
  readonly invalid?: Invalid | null;
  /** Its place in the order in which trials ended, from 0 without gaps; null if it waits. */
  readonly told: number | null;
}

/** A study that another program, or another database, has recorded. */
export interface ImportedStudy {
  readonly record: NewStudy;
  readonly createdAtMs: number;
  /** What is kept of it as the detail of its end; null: nothing. */
  readonly endDetail: Detail | null;
  /** What it learns from; null: nothing. @default null */
  readonly learned?: Learned | null;
  /** By ascending number. */
  readonly trials: AsyncIterable<readonly ImportedTrial[]>;
}

/** Stands in the row of an imported study for the hashes that it has not: no code of Belay has run it. */
export const IMPORTED = "imported";
