import type { Answer, EngineEnd, TrialLimits, TrialTask } from "../core/engine.ts";
import type { SplitsReport } from "../core/splits/summary.ts";
import type { StudyManifest } from "../core/study.ts";
import type { FinalMemory, MemoryReading, Outcome, Report, SplitResult, TrialError } from "../core/trial.ts";
import type { BackendResolution } from "../tensorflow/resolve.ts";
import type { PauseShare } from "./pause-share.ts";

/** What a host needs to know before anything else. */
export interface HostBoot {
  readonly bundle: string;
  /** How the study file is named in errors. */
  readonly studyFile: string;
  readonly studyName: string;
  readonly seed: number;
  readonly backend: BackendResolution | null;
  readonly setupTimeoutMs: number;
  readonly graceMs: number;
  readonly memoryBytes: number | null;
  /** Where `cached` keeps prepared data; null: nowhere. */
  readonly cacheFolder: string | null;
  /** How much `ready` tells of the splits: all for a check, faults for a launch; absent: nothing. */
  readonly inspect?: "all" | "faults";
  /** Where each trial has its checkpoint, by number; null: nowhere that lasts (a host that trains nothing). */
  readonly checkpoints: string | null;
  /** The file that a watcher reads this host's clocks from; null without a watcher. */
  readonly beacon: string | null;
}

/** Which attempt a message is about: one about another than the running one is dropped. */
export interface OfAttempt {
  readonly number: number;
  readonly attempt: number;
}

/** Coordinator to host. */
export type ToHost =
  | { readonly kind: "boot"; readonly boot: HostBoot }
  | { readonly kind: "prepare" }
  | { readonly kind: "run"; readonly task: TrialTask }
  | (OfAttempt & { readonly kind: "answer"; readonly id: number; readonly answer: Answer })
  /** Other limits, from the next split on. */
  | { readonly kind: "limits"; readonly limits: TrialLimits }
  | { readonly kind: "abort" }
  /** Only to a host inside the coordinator's own process; one of its own is killed. */
  | { readonly kind: "end" };

/** On which rung of the ladder a trial that was told to end did so. */
export type Rung = "abort" | "terminate" | "sigkill";

/** Where a host was when its setup broke. */
export type SetupPhase = "backend" | "import" | "data" | "splits";

/** Host to coordinator, about its trial. */
export type TrialWord =
  | { readonly kind: "started"; readonly baselineBytes: number | null }
  | { readonly kind: "split-began"; readonly split: number }
  | {
      readonly kind: "split";
      /** null on the last one: nobody waits for an answer. */
      readonly id: number | null;
      readonly result: SplitResult;
      readonly partial: readonly number[] | null;
    }
  | { readonly kind: "report"; readonly id: number; readonly report: Report }
  /** A guard has decided; sent before it acts. `memory` is what was last seen. */
  | { readonly kind: "guard"; readonly outcome: Outcome; readonly memory: MemoryReading }
  | { readonly kind: "rung"; readonly rung: Rung }
  | { readonly kind: "outcome"; readonly end: EngineEnd }
  /** `dirt` names what the trial has left behind in its host, if anything; null: the host ends with its trial. */
  | { readonly kind: "final"; readonly memory: FinalMemory; readonly dirt: readonly string[] | null };

/** Host to coordinator. */
export type FromHost =
  | (OfAttempt & TrialWord)
  | { readonly kind: "loaded"; readonly manifest: StudyManifest }
  /** How far `data` has come. */
  | { readonly kind: "progress"; readonly text: string }
  | {
      readonly kind: "ready";
      readonly splitCount: number;
      readonly splitHash: string;
      /** null unless asked for, or without splits. */
      readonly splits: SplitsReport | null;
      readonly rssBytes: number | null;
      readonly setupMs: number;
    }
  | {
      readonly kind: "setup-failed";
      readonly phase: SetupPhase;
      readonly error: TrialError;
      readonly code: string;
      /** How far `data` had come, if it told. */
      readonly progress: string | null;
    }
  | { readonly kind: "output"; readonly text: string }
  /** The last message: the host ends. */
  | { readonly kind: "bye" };

/** Host to thread. */
export type ToThread =
  | { readonly kind: "prepare" }
  | { readonly kind: "run"; readonly task: TrialTask }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "limits"; readonly limits: TrialLimits }
  | { readonly kind: "abort" };

/** What only the thread itself can read of its memory. */
export type IsolateMemory = Pick<
  MemoryReading,
  "heapBytes" | "externalBytes" | "arrayBufferBytes" | "tensors" | "tensorBytes"
>;

/** Thread to host, about its trial. */
export type ThreadWord =
  | { readonly kind: "split-began"; readonly split: number }
  | {
      readonly kind: "split";
      readonly id: number | null;
      readonly result: Omit<SplitResult, "memory">;
      readonly partial: readonly number[] | null;
      readonly memory: IsolateMemory;
    }
  | { readonly kind: "report"; readonly id: number; readonly report: Report }
  | { readonly kind: "outcome"; readonly end: EngineEnd }
  | { readonly kind: "abort-acknowledged" }
  | { readonly kind: "cleaned"; readonly memory: IsolateMemory; readonly dirt: readonly string[] };

/** Thread to host. */
export type FromThread =
  | (OfAttempt & ThreadWord)
  | { readonly kind: "loaded"; readonly manifest: StudyManifest }
  | { readonly kind: "phase"; readonly phase: SetupPhase }
  | { readonly kind: "progress"; readonly text: string }
  | {
      readonly kind: "ready";
      readonly splitCount: number;
      readonly splitHash: string;
      readonly splits: SplitsReport | null;
    }
  | {
      readonly kind: "setup-failed";
      readonly phase: SetupPhase;
      readonly error: TrialError;
      readonly code: string;
    };

/** What a host's thread gets at its start. */
export interface ThreadBoot {
  readonly boot: HostBoot;
  /** Whether RSS can be told apart from the coordinator's: false in the coordinator's own process. */
  readonly ownProcess: boolean;
  /** By what the thread knows that its process has stood still. */
  readonly pauses: PauseShare;
  /** The thread's private port: what the study posts to its parent cannot be mistaken for ours. */
  readonly port: import("node:worker_threads").MessagePort;
}
