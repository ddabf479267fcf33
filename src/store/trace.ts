import type { AttemptRecord, MemoryRecord, ReportRecord, SplitRecord } from "./records.ts";

// What was recorded while a trial ran, for those who copy it to elsewhere.

/** A finished split, with the attempt that ran it and when that was recorded. */
export interface TracedSplit extends SplitRecord {
  readonly attempt: number;
  readonly constraints: readonly number[];
  readonly atMs: number;
}

/** A report, with the attempt that made it and when it came. */
export interface TracedReport extends ReportRecord {
  readonly attempt: number;
  readonly atMs: number;
}

/** All that was recorded while a trial ran. */
export interface Trace {
  readonly attempts: readonly AttemptRecord[];
  /** In the order in which they ran. */
  readonly splits: readonly TracedSplit[];
  /** In the order in which they came. */
  readonly reports: readonly TracedReport[];
  /** By attempt; in each the start, the splits by number, then the final one. */
  readonly memory: readonly MemoryRecord[];
}

/** The trace of a trial that has not begun. */
export const NO_TRACE: Trace = { attempts: [], splits: [], reports: [], memory: [] };
