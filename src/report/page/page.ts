import type { Direction } from "../../core/search/direction.ts";
import type { Setting } from "../../core/setting.ts";
import type { Distribution } from "../../core/space/distribution.ts";
import type { Detail, Reason, TrialState } from "../../core/trial.ts";
import type { Metrics } from "../../store/records.ts";
import type { Comparison } from "../compare/compare.ts";
import type { ConditionJson } from "../conditions.ts";
import type { ImportanceJson } from "../importance.ts";
import type { KillsJson } from "../kills/kills.ts";
import type { StudyJson } from "../list.ts";
import type { MemoryReport } from "../memory/memory.ts";
import type { StudyDetailJson } from "../show.ts";
import type { SummaryJson } from "../summary/summary.ts";
import type { TrialJson } from "../trial.ts";

// What the page of a study is made of, as its server sends it. Times are milliseconds since 1970 unless a name says
// otherwise.

/** What a page may do, and with which Belay it talks. */
export interface PageJson {
  readonly version: string;
  /** The database's file, for commands that people type. */
  readonly db: string;
  /** Whether the page may act on studies: only with `--control`. */
  readonly control: boolean;
}

/** A study in the list of all. */
export interface StudyCardJson extends StudyJson {
  readonly directions: readonly Direction[];
  /** How long the run will take yet; null where nobody can tell. */
  readonly leftMs: number | null;
  /** How long all attempts have taken together; null while the server is still reading the trials. */
  readonly computeMs: number | null;
  /** The age of the coordinator's last sign of life; null if none runs the study. */
  readonly heartbeatAgeMs: number | null;
  /**
   * The best value after each tenth of the trials, for a small line; empty with several directions, and while the server is
   * still reading the trials.
   */
  readonly course: readonly (number | null)[];
  /** What `resume` would do, in words, with the command to type; null while the study runs. */
  readonly resume: { readonly text: string; readonly command: string } | null;
}

/** What a page must know of a study before it can draw anything. It changes rarely. */
export interface StudyHeadJson {
  readonly study: string;
  readonly state: StudyJson["state"];
  readonly directions: readonly Direction[];
  readonly splits: number;
  readonly target: number;
  readonly trials: Readonly<Record<TrialState, number>>;
  readonly params: readonly {
    readonly name: string;
    readonly distribution: Distribution;
    readonly when: readonly ConditionJson[];
  }[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly limits: StudyDetailJson["limits"];
  readonly sampler: string;
  readonly pruner: string;
  readonly seed: number;
  readonly createdAt: string;
  /** The columns that `columns` can send, in their order. */
  readonly columns: readonly ColumnHead[];
  /** The state of the trials that the answer is about, which grows with every change; 0 while they are still being read. */
  readonly version: number;
}

/** The type of a column's cells: float64, float32, int32, or bytes. */
export type CellType = "f8" | "f4" | "i4" | "u1";

/**
 * A column of a frame. Numbers that are absent are NaN. A column of `words` holds indices into them, and 255 (`u1`) or -1
 * (`i4`) where it holds none. The names of the fixed columns are `number`, `state`, `reason`, `proposer`, `invalid`,
 * `value.0` and so on for each direction, `estimate`, `violation`, `attempts`, `startedAtMs`, `finishedAtMs`,
 * `durationMs`, `splits` (how many are finished), `baselineBytes`, `peakBytes`, `finalBytes`, `split.0` and so on for each
 * split's first value, and `param.NAME` for each param; a categorical param holds indices into `words`, its choices as JSON.
 */
export interface ColumnHead {
  readonly name: string;
  readonly type: CellType;
  readonly words?: readonly string[];
}

/**
 * The head of a frame, which is how columns travel: the length of the head in bytes as an unsigned 32-bit number
 * (little-endian), the head as JSON, padded with spaces so that the cells begin at a multiple of 8, and then the cells of each
 * column in the order of the head, each column padded to a multiple of 8.
 */
export interface FrameHead {
  /** The state of the trials of which these are the cells. */
  readonly version: number;
  readonly rows: number;
  /**
   * Whether the frame holds all rows; else those that have changed since the version that was asked for, and its first
   * column is `number`.
   */
  readonly whole: boolean;
  readonly columns: readonly ColumnHead[];
}

/** Which trials a filter selects: the frame's only column `matches` holds a bit for each row, the lowest bit first. */
export interface MatchesHead extends FrameHead {
  /** How many trials are selected. */
  readonly count: number;
}

/** A page of the table of trials. */
export interface TrialsJson {
  readonly version: number;
  /** How many trials the filter selects. */
  readonly count: number;
  readonly offset: number;
  readonly trials: readonly TrialJson[];
}

/** An analysis that takes longer than a page should wait for: it is made beside, and told about when it is there. */
export type AnalysisJson<T> =
  | { readonly state: "computing"; readonly previous: null }
  | {
      readonly state: "ready" | "old";
      /** The version of the trials that it is about; `old`: there are newer ones, and a new analysis is being made. */
      readonly version: number;
      readonly atMs: number;
      readonly data: T;
    }
  | { readonly state: "failed"; readonly message: string };

/** The analyses by their names. */
export interface Analyses {
  readonly summary: SummaryJson;
  readonly show: StudyDetailJson;
  readonly importance: ImportanceJson;
  readonly kills: KillsJson;
  /** Its log has the newest 200 trials only: the columns have those of all. */
  readonly memory: MemoryReport;
}
export type AnalysisName = keyof Analyses;

/** A slot of a running study. */
export interface LiveSlotJson {
  readonly slot: number;
  readonly pid: number | null;
  /** The trial that runs in it; null if it is free. */
  readonly trial: number | null;
  readonly attempt: number | null;
  /** How many splits of the trial are recorded. */
  readonly finishedSplits: number;
  readonly splits: number;
  /** When the running split began, as far as the database tells. */
  readonly splitSinceMs: number | null;
  readonly trialSinceMs: number | null;
  readonly splitTimeoutMs: number | null;
  readonly trialTimeoutMs: number | null;
  /** The memory of its process and the processes that it has started, now if this machine can tell; null if not. */
  readonly rssBytes: number | null;
  readonly memoryLimitBytes: number | null;
}

/** What a study does at this moment. */
export interface LiveJson {
  readonly atMs: number;
  readonly state: StudyJson["state"];
  readonly owner: StudyJson["owner"];
  readonly heartbeatAgeMs: number | null;
  readonly slots: readonly LiveSlotJson[];
  /** Each trial that waits, with what it waits for. */
  readonly waiting: readonly { readonly number: number; readonly why: string }[];
  readonly metrics: (Metrics & { readonly atMs: number }) | null;
}

/**
 * Memory over time. `series` is a frame with the columns `atMs`, `slot`, `minBytes`, `maxBytes`, `limitBytes`, `trial`,
 * and `machine` one with `atMs`, `availableBytes`, `totalBytes`, `hostsBytes`, `budgetBytes`, `claimedBytes`, `cpu`,
 * `cpuOthers`, `lostMs`, `waiting`, `slotsBusy`, `trialsPerMinute`.
 */
export interface MemoryMarksJson {
  readonly reserveBytes: number | null;
  /** Trials that guards or failures ended, and fresh hosts, in the order of their times. */
  readonly marks: readonly {
    readonly atMs: number;
    readonly slot: number | null;
    readonly trial: number | null;
    readonly kind: "kill" | "recycle";
    readonly reason: Reason | null;
    readonly text: string;
  }[];
}

/** What people and other programs have told a study, newest first. */
export interface AuditEntryJson {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly trial: number | null;
  readonly who: string | null;
  readonly ok: boolean | null;
  readonly text: string;
  readonly detail: Detail | null;
}

/** Two or more studies side by side, with the best value after each finished trial. */
export interface ComparePageJson extends Comparison {}

/** What the stream of events tells; each is the data of an event of that name. */
export interface PageEvents {
  /** The stream begins: nothing that came before it was missed if the versions agree. */
  readonly hello: { readonly versions: Readonly<Record<string, number>> };
  /** Trials of the study have changed: `columns?since=` has what. */
  readonly trials: { readonly study: string; readonly version: number };
  readonly live: LiveJson & { readonly study: string };
  readonly analysis: { readonly study: string; readonly name: AnalysisName; readonly version: number };
  /** The list of studies has changed. */
  readonly studies: { readonly count: number };
  /** The database cannot be read at the moment; null: it can again. */
  readonly trouble: { readonly message: string | null };
}
