import type { Outcome } from "../../core/trial.ts";

/** The messages between a coordinator and its watcher thread. */

/** A host to watch. */
export interface WatchedHost {
  readonly slot: number;
  readonly pid: number;
  readonly beacon: string;
  /** The limits of its running trial; null if none runs, so that the limits do not apply and the brake spares it. */
  readonly limits: WatchedLimits | null;
}

/** The limits that the watcher enforces when a host has stopped writing its beacon. */
export interface WatchedLimits {
  readonly splitTimeoutMs: number | null;
  readonly trialTimeoutMs: number | null;
  readonly memoryBytes: number | null;
}

/** What the watcher thread needs to start. */
export interface WatcherBoot {
  readonly reserveBytes: number;
  readonly graceMs: number;
  /** Whether to read the GPU memory of the hosts. */
  readonly gpu: boolean;
}

/** Messages from coordinator to watcher. */
export type ToWatcher =
  | { readonly kind: "watch"; readonly host: WatchedHost }
  | { readonly kind: "unwatch"; readonly slot: number }
  | { readonly kind: "reserve"; readonly bytes: number }
  | { readonly kind: "ping"; readonly id: number };

/** The memory of the host in one slot. */
export interface SlotReading {
  readonly slot: number;
  readonly pid: number;
  readonly rssBytes: number;
  /** null if unknown. */
  readonly gpuBytes: number | null;
}

/** Messages from watcher to coordinator. */
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

/** Why the watcher has killed a host, and the host's RSS at that time. */
export interface WatcherKill {
  readonly outcome: Outcome;
  readonly rssBytes: number;
}

/** The messages that the engine listens to. */
export type WatcherEvent = Extract<FromWatcher, { kind: "brake" | "alert" | "readings" }>;
