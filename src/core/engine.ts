import { givenOrder } from "./search/split-order.ts";
import type { Params } from "./space/space.ts";
import type { FinalMemory, Outcome, Report, SplitResult } from "./trial.ts";

/** The limits of one trial when it starts; null: no limit. */
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
  /** Splits that earlier attempts have recorded; they are not run again. */
  readonly recorded: readonly RecordedSplit[];
  /** The splits that are not recorded, in the order in which they run. @default ascending */
  readonly order?: readonly number[];
  readonly limits: TrialLimits;
  /** The name of the machine on which it is to run. @default the only machine of the engine */
  readonly machine?: string;
}

/** The splits that an attempt has to run, in the order in which they run. */
export function splitsToRun({ order, recorded }: TrialTask, splitCount: number): readonly number[] {
  return (
    order ??
    givenOrder(
      splitCount,
      recorded.map(({ split }) => split),
    )
  );
}

/** A finished split without its memory reading, which the next attempt does not need. */
export type RecordedSplit = Pick<SplitResult, "split" | "values" | "constraints" | "durationMs">;

/** The coordinator's answer to a split or a report. `interrupt`: the attempt ends, and the trial waits for another. */
export type Answer = "go" | "prune" | "interrupt";

/** What happens while a trial runs, in order. `outcome` and `final` each come exactly once, `final` last. */
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
      /** The aggregate over the splits so far; null for the last split, and if it has no value for so few splits. */
      readonly partial: readonly number[] | null;
      readonly answer: (answer: Answer) => void;
    }
  | { readonly kind: "report"; readonly report: Report; readonly answer: (answer: Answer) => void }
  | { readonly kind: "guard"; readonly outcome: Outcome }
  | { readonly kind: "outcome"; readonly end: EngineEnd }
  | { readonly kind: "final"; readonly memory: FinalMemory; readonly durationMs: number };

/** How an attempt ended, as the engine knows it. Why a pruner stopped a trial is known only to the coordinator. */
export type EngineEnd =
  | Outcome
  | { readonly state: "pruned-by-verdict" }
  | {
      readonly state: "interrupted";
      /** Whether the machine on which it ran is gone. Its trial may start again on another at once. @default false */
      readonly lost?: boolean;
    };

/** A slot as it is shown to people. */
export interface SlotView {
  readonly slot: number;
  readonly state: "starting" | "free" | "running" | "cleaning";
  readonly trial: number | null;
  readonly split: number | null;
  /** Which of the trial's splits runs, in the order in which they run, counted from 1. @default `split` + 1 */
  readonly nth?: number | null;
  readonly splitElapsedMs: number | null;
  readonly rssBytes: number | null;
  /** Process id of its host; null if there is none. */
  readonly pid: number | null;
}

/** How much memory a machine has, and how much of it is available. */
export interface AvailableMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** Shares of a machine's processor time since the last reading, 0 to 1. */
export interface CpuShares {
  readonly total: number;
  /** The part of it that other programs took: all but Belay and its trials. */
  readonly others: number;
}

/** A machine of an engine, as it is now. */
export interface Machine {
  /** Tells it from the engine's other machines. */
  readonly name: string;
  /** How many trials can run on it at a time. */
  readonly slots: number;
  /** How many cores its trials share. */
  readonly cores: number;
  /** Whether it has less memory available than its reserve: then no trial may start on it. */
  readonly isShort: boolean;
  /** Its memory; null if it is not known: then no trial has to wait for it. */
  memory(): AvailableMemory | null;
  /** How busy it has been since the last call. */
  load(): CpuShares;
  /** Its slots, as `Engine.slots` shows them. */
  views(): readonly SlotView[];
}

/** How many trials can run on these machines together. */
export function slotsOf(machines: readonly Pick<Machine, "slots">[]): number {
  return machines.reduce((sum, { slots }) => sum + slots, 0);
}

/** Runs trials in slots. It decides nothing about them: proposing, judging and recording is left to the coordinator. */
export interface Engine {
  /** The machines that there are now; none while the engine waits for its first one. */
  machines(): readonly Machine[];
  /**
   * Calls `wake` whenever `machines` has changed: machines have come or gone, one has more or fewer slots, or it has fallen
   * short of memory or has enough again.
   *
   * @returns what ends the calls.
   */
  subscribe(wake: () => void): () => void;
  /**
   * Runs one attempt. The events end when its slot is free again. Aborting `signal` interrupts the attempt at once. If its
   * machine goes, or has gone before the task came, it ends as interrupted and `lost`.
   */
  run(task: TrialTask, signal: AbortSignal): AsyncIterable<EngineEvent>;
  slots(): readonly SlotView[];
  /**
   * Changes how many trials can run on a machine at a time; one that has no place for so many takes as many as it can. Running
   * trials beyond the new number go on to their end.
   */
  resize(slots: number): void;
  /** Changes the limits of a running trial, from its next split on. */
  limit(number: number, limits: TrialLimits): void;
  /** Changes the reserve of each machine, at once: how much memory is to stay available. */
  reserve(bytes: number): void;
  /** Ends every host; resolves when none is left. */
  close(): Promise<void>;
}

/** Whom an engine tells of changes of its machines; what has changed, they look up themselves. */
export function wakes() {
  const subscribed = new Set<{ readonly wake: () => void }>();
  return {
    /** @returns what ends the subscription. */
    subscribe(wake: () => void): () => void {
      const entry = { wake };
      subscribed.add(entry);
      return () => void subscribed.delete(entry);
    },
    wake(): void {
      for (const { wake } of [...subscribed]) wake();
    },
  };
}
