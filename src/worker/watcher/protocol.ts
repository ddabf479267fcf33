import type { Outcome } from "../../core/trial.ts";

/** What a coordinator and its watcher thread tell each other. */

/** A host that is watched. */
export interface WatchedHost {
  readonly slot: number;
  readonly pid: number;
  readonly beacon: string;
  /** The limits of the trial that runs in it; null: none runs, its memory does not count, the brake leaves it. */
  readonly limits: WatchedLimits | null;
}

/** What the watcher goes by when a host has fallen silent. */
export interface WatchedLimits {
  readonly splitTimeoutMs: number | null;
  readonly trialTimeoutMs: number | null;
  readonly memoryBytes: number | null;
}

export interface WatcherBoot {
  readonly reserveBytes: number;
  readonly graceMs: number;
  /** Whether to read the GPU memory of the hosts. */
  readonly gpu: boolean;
}

/** Coordinator to watcher. */
export type ToWatcher =
  | { readonly kind: "watch"; readonly host: WatchedHost }
  | { readonly kind: "unwatch"; readonly slot: number }
  | { readonly kind: "reserve"; readonly bytes: number }
  | { readonly kind: "ping"; readonly id: number };

/** A reading of one slot. */
export interface SlotReading {
  readonly slot: number;
  readonly pid: number;
  readonly rssBytes: number;
  /** null where it is not known. */
  readonly gpuBytes: number | null;
}

/** Watcher to coordinator. */
export type FromWatcher =
  | { readonly kind: "kill"; readonly pid: number; readonly rssBytes: number; readonly outcome: Outcome }
  | {
      readonly kind: "brake";
      readonly on: boolean;
      readonly availableBytes: number;
      readonly reserveBytes: number;
    }
  | { readonly kind: "alert"; readonly availableBytes: number; readonly totalBytes: number }
  | { readonly kind: "readings"; readonly availableBytes: number; readonly readings: readonly SlotReading[] }
  | { readonly kind: "pong"; readonly id: number };

/** Why the watcher killed a host, and what the host held. */
export interface Blame {
  readonly outcome: Outcome;
  readonly rssBytes: number;
}

/** What the watcher tells whoever started it. */
export type WatcherNews = Extract<FromWatcher, { kind: "brake" | "alert" | "readings" }>;
