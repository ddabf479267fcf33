import type { Answer, EngineEnd, TrialLimits, TrialTask } from "../core/engine.ts";
import type { SplitsReport } from "../core/splits/summary.ts";
import type { StudyManifest } from "../core/study.ts";
import type { FinalMemory, MemoryReading, Outcome, Report, SplitResult, TrialError } from "../core/trial.ts";
import type { BackendResolution } from "../tensorflow/resolve.ts";
import type { PauseShare } from "./pause-share.ts";

/** What a host needs to start. */
export interface HostBoot {
  readonly bundle: string;
  /** The name of the study file in errors. */
  readonly studyFile: string;
  readonly studyName: string;
  readonly seed: number;
  readonly backend: BackendResolution | null;
  readonly setupTimeoutMs: number;
  readonly graceMs: number;
  readonly memoryBytes: number | null;
  /** The folder in which `cached` keeps prepared data; null: it keeps none. */
  readonly cacheFolder: string | null;
  /** What `ready` reports about the splits: everything (for a check), problems (for a launch), or nothing if absent. */
  readonly inspect?: "all" | "faults";
  /**
   * The folder of the checkpoints, which has a subfolder for each trial number; null for a host that does not train.
   */
  readonly checkpoints: string | null;
  /** The file into which the host writes its beacon; null without a watcher. */
  readonly beacon: string | null;
}

/** The attempt that a message is about; messages about any attempt but the running one are dropped. */
export interface OfAttempt {
  readonly number: number;
  readonly attempt: number;
}

/** Messages from coordinator to host. */
export type ToHost =
  | { readonly kind: "boot"; readonly boot: HostBoot }
  | { readonly kind: "prepare" }
  | { readonly kind: "run"; readonly task: TrialTask }
  | (OfAttempt & { readonly kind: "answer"; readonly id: number; readonly answer: Answer })
  /** New limits, from the next split on. */
  | { readonly kind: "limits"; readonly limits: TrialLimits }
  | { readonly kind: "abort" }
  /** Ends a host in a thread of the coordinator's process; a host process is killed instead. */
  | { readonly kind: "end" };

/** A rung of the ladder, on which a trial that had to end did so. */
export type Rung = "abort" | "terminate" | "sigkill";

/** The phase of a host's setup. */
export type SetupPhase = "backend" | "import" | "data" | "splits";

/** Messages from host to coordinator about its trial. */
export type TrialMessage =
  | { readonly kind: "started"; readonly baselineBytes: number | null }
  | { readonly kind: "split-began"; readonly split: number }
  | {
      readonly kind: "split";
      /** null for the last split, which is not answered. */
      readonly id: number | null;
      readonly result: SplitResult;
      readonly partial: readonly number[] | null;
    }
  | { readonly kind: "report"; readonly id: number; readonly report: Report }
  /** The verdict of a guard, sent before it acts. `memory` is the last reading. */
  | { readonly kind: "guard"; readonly outcome: Outcome; readonly memory: MemoryReading }
  | { readonly kind: "rung"; readonly rung: Rung }
  | { readonly kind: "outcome"; readonly end: EngineEnd }
  /** `leftovers` lists what the trial has left behind in the host; null if the host ends with its trial. */
  | { readonly kind: "final"; readonly memory: FinalMemory; readonly leftovers: readonly string[] | null };

/** Messages from host to coordinator. */
export type FromHost =
  | (OfAttempt & TrialMessage)
  | { readonly kind: "loaded"; readonly manifest: StudyManifest }
  /** The progress of `data`. */
  | { readonly kind: "progress"; readonly text: string }
  | {
      readonly kind: "ready";
      readonly splitCount: number;
      readonly splitHash: string;
      /** null if `inspect` is absent or the study has no splits. */
      readonly splits: SplitsReport | null;
      readonly rssBytes: number | null;
      readonly setupMs: number;
    }
  | {
      readonly kind: "setup-failed";
      readonly phase: SetupPhase;
      readonly error: TrialError;
      readonly code: string;
      /** The last progress of `data`; null if it reported none. */
      readonly progress: string | null;
    }
  | { readonly kind: "output"; readonly text: string }
  /** The last message, after which the host ends. */
  | { readonly kind: "bye" };

/** Messages from host to thread. */
export type ToThread =
  | { readonly kind: "prepare" }
  | { readonly kind: "run"; readonly task: TrialTask }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "limits"; readonly limits: TrialLimits }
  | { readonly kind: "abort" };

/** The part of a memory reading that only the thread itself can read. */
export type IsolateMemory = Pick<
  MemoryReading,
  "heapBytes" | "externalBytes" | "arrayBufferBytes" | "tensors" | "tensorBytes"
>;

/** Messages from thread to host about its trial. */
export type ThreadTrialMessage =
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
  | { readonly kind: "cleaned"; readonly memory: IsolateMemory; readonly leftovers: readonly string[] };

/** Messages from thread to host. */
export type FromThread =
  | (OfAttempt & ThreadTrialMessage)
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

/** What a host's thread needs to start. */
export interface ThreadBoot {
  readonly boot: HostBoot;
  /** Whether the host is a process of its own; false if it is a thread of the coordinator's, whose RSS it shares. */
  readonly ownProcess: boolean;
  /** The record from which the thread learns that its process was paused. */
  readonly pauses: PauseShare;
  /** The thread's private port, so that what the study posts to its parent is not mistaken for Belay's messages. */
  readonly port: import("node:worker_threads").MessagePort;
}
