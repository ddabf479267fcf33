import type { Params } from "./space/space.ts";
import type { FinalMemory, Outcome, Report, SplitResult } from "./trial.ts";

/** The limits of one trial, as they are when it starts. */
export interface TrialLimits {
  readonly splitTimeoutMs: number | null;
  readonly trialTimeoutMs: number | null;
  readonly memoryBytes: number | null;
  readonly graceMs: number;
}

/** One attempt at a trial, as an engine needs it. */
export interface TrialTask {
  readonly number: number;
  readonly attempt: number;
  readonly params: Params;
  /** Splits that an earlier attempt has recorded: they are not run again. */
  readonly recorded: readonly RecordedSplit[];
  readonly limits: TrialLimits;
}

export type RecordedSplit = Pick<SplitResult, "split" | "values" | "constraints" | "durationMs">;

/** What the coordinator answers to a split or a report. `interrupt`: go back to waiting, nothing is lost. */
export type Answer = "go" | "prune" | "interrupt";

/** What happens while a trial runs, in order; `outcome` and `final` come exactly once, in this order. */
export type EngineEvent =
  | {
      readonly kind: "started";
      readonly slot: number;
      readonly pid: number;
      readonly baselineBytes: number | null;
    }
  | { readonly kind: "split-began"; readonly split: number }
  | {
      readonly kind: "split";
      readonly result: SplitResult;
      /** The aggregate over the splits so far; null on the last one, and where the study's function has none. */
      readonly partial: readonly number[] | null;
      readonly answer: (answer: Answer) => void;
    }
  | { readonly kind: "report"; readonly report: Report; readonly answer: (answer: Answer) => void }
  | { readonly kind: "guard"; readonly outcome: Outcome }
  | { readonly kind: "outcome"; readonly end: EngineEnd }
  | { readonly kind: "final"; readonly memory: FinalMemory; readonly durationMs: number };

/** As the engine sees it; why a pruner pruned is known only to the coordinator. */
export type EngineEnd = Outcome | { readonly state: "pruned-by-verdict" } | { readonly state: "interrupted" };

/** A slot as people see it. */
export interface SlotView {
  readonly slot: number;
  readonly state: "starting" | "free" | "running" | "cleaning";
  readonly trial: number | null;
  readonly split: number | null;
  readonly splitElapsedMs: number | null;
  readonly rssBytes: number | null;
  /** The process of its host; null where there is none. */
  readonly pid: number | null;
}

/** Where trials run: this machine's slots, later others'. Only the coordinator asks, judges and tells. */
export interface Engine {
  /** How many trials can run at a time. */
  readonly capacity: number;
  /** While no trial may start (the machine is short of memory): settles when one may. null: one may start now. */
  held(): Promise<void> | null;
  /** Runs one attempt; ends when its slot is free again. Aborting `signal` ends the attempt as interrupted, at once. */
  run(task: TrialTask, signal: AbortSignal): AsyncIterable<EngineEvent>;
  slots(): readonly SlotView[];
  /** Changes how many trials can run at a time; those that run beyond the new number go on to their end. */
  resize(capacity: number): void;
  /** Gives a running trial other limits, from its next split on. */
  limit(number: number, limits: TrialLimits): void;
  /** Gives the machine another reserve, at once: how much memory is to stay available. */
  reserve(bytes: number): void;
  /** Ends every host; resolves when none is left. */
  close(): Promise<void>;
}
