import type { PageEvents } from "../../report/page/page.ts";

/** The messages between the dashboard's server and the threads in which it reads a database. */

/** What a thread needs to start. */
export interface ThreadBoot {
  /** The database's file, without symbolic links. */
  readonly db: string;
  /** `quick` answers what pages ask often and watches the database; `slow` computes what takes longer; `act` sends orders. */
  readonly role: "quick" | "slow" | "act";
}

/** What a thread is asked for, as the page asks for it. */
export type Call = QuickCall | SlowCall | OrderCall;

/** What the acting thread is asked for. */
export interface OrderCall {
  readonly kind: "order";
  readonly study: string;
  readonly order: PageOrder;
  /** Who gives the order, for the audit trail. */
  readonly who: string;
}

/** An order as a page gives it. */
export type PageOrder =
  | { readonly kind: "set"; readonly changes: readonly string[] }
  | { readonly kind: "pause" | "resume" | "stop" }
  | { readonly kind: "kill"; readonly number: number }
  | { readonly kind: "invalidate" | "validate"; readonly number: number; readonly reason: string | null }
  /** `params`: a JSON object. */
  | { readonly kind: "enqueue"; readonly params: string; readonly add: boolean };

/** What the quick thread is asked for. */
export type QuickCall =
  | { readonly kind: "studies" }
  /** Reads the trials of the study that a page will probably ask for, before it does, and names it; null: there is none. */
  | { readonly kind: "warm" }
  /** How all studies fare, for programs that watch over them. */
  | { readonly kind: "health" }
  | { readonly kind: "head"; readonly study: string }
  /** The version of a study's trials as far as they are in memory. */
  | { readonly kind: "peek"; readonly study: string }
  /** The version of a study's trials, and a text that changes when its analyses may change besides. */
  | { readonly kind: "stamp"; readonly study: string }
  | {
      readonly kind: "columns";
      readonly study: string;
      readonly names: readonly string[];
      readonly since: number | null;
    }
  | { readonly kind: "matches"; readonly study: string; readonly where: string }
  | {
      readonly kind: "trials";
      readonly study: string;
      readonly where: string;
      /** Keys such as `value:desc`. */
      readonly sort: readonly string[];
      readonly offset: number;
      readonly limit: number;
    }
  | { readonly kind: "trial"; readonly study: string; readonly number: number }
  | { readonly kind: "live"; readonly study: string }
  | { readonly kind: "timeline"; readonly study: string }
  | { readonly kind: "slotMemory" | "machine" | "marks"; readonly study: string; readonly sinceMs: number }
  | { readonly kind: "audit"; readonly study: string; readonly before: number | null };

/** What the slow thread is asked for. */
export type SlowCall =
  | { readonly kind: "analysis"; readonly study: string; readonly name: AnalysisKind }
  | { readonly kind: "compare"; readonly studies: readonly string[] }
  /** Begins an export; its answer is the id by which `next` asks for its pieces. */
  | {
      readonly kind: "export";
      readonly study: string;
      readonly format: ExportFormat;
      readonly where: string;
    }
  /** The next piece of an export; an empty one is the end. */
  | { readonly kind: "next" | "end"; readonly id: number };

export const ANALYSES = ["summary", "show", "importance", "kills", "memory"] as const;
export type AnalysisKind = (typeof ANALYSES)[number];

export const EXPORT_FORMATS = ["csv", "ndjson", "parquet"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What a call comes to, ready to be sent. */
export type Answer =
  | { readonly kind: "json"; readonly text: string }
  /** `version`: the state of the trials that it is about: the same question has the same answer until it changes. */
  | { readonly kind: "frame"; readonly bytes: Uint8Array<ArrayBuffer>; readonly version?: number }
  | Refused;

/** Why there is no answer, in one line, with the status of HTTP that says the same. */
export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 404 | 409 | 500 | 503;
  readonly message: string;
}

/** A message to a thread. */
export type ToThread =
  | { readonly id: number; readonly call: Call }
  /** The studies that pages look at; null: no page is open, so that nothing has to be watched. */
  | { readonly watch: readonly string[] | null };

/** What the quick thread tells by itself. */
export type News = {
  readonly [Name in "trials" | "live" | "studies" | "trouble"]: {
    readonly name: Name;
    readonly data: PageEvents[Name];
  };
}["trials" | "live" | "studies" | "trouble"];

/** A message from a thread. */
export type FromThread = Reply | { readonly news: News };

/** The answer to a call. */
export interface Reply {
  readonly id: number;
  readonly answer: Answer;
  /** What the dashboard's terminal has to show, if the answer hides a defect of Belay. */
  readonly defect?: string;
}
