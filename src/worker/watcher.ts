import { Worker } from "node:worker_threads";
import type { Outcome } from "../core/trial.ts";
import { entryUrl } from "./entry-url.ts";

/** A host that is watched. */
export interface WatchedHost {
  readonly slot: number;
  readonly pid: number;
  readonly beacon: string;
  /** Whether a trial runs in it: only then its memory counts against a limit, and the brake may take it. */
  readonly running: boolean;
}

export interface WatcherBoot {
  readonly reserveBytes: number;
  readonly graceMs: number;
}

/** Coordinator to watcher. */
export type ToWatcher =
  | { readonly kind: "watch"; readonly host: WatchedHost }
  | { readonly kind: "unwatch"; readonly slot: number }
  | { readonly kind: "reserve"; readonly bytes: number };

/** A reading of one slot. */
export interface SlotReading {
  readonly slot: number;
  readonly rssBytes: number;
  /** Percent of one core; null when it is not known yet. */
  readonly cpuPercent: number | null;
}

/** Watcher to coordinator. */
export type FromWatcher =
  | {
      readonly kind: "kill";
      readonly slot: number;
      readonly pid: number;
      readonly rssBytes: number;
      readonly outcome: Outcome;
    }
  | {
      readonly kind: "brake";
      readonly on: boolean;
      readonly availableBytes: number;
      readonly reserveBytes: number;
    }
  | { readonly kind: "readings"; readonly availableBytes: number; readonly readings: readonly SlotReading[] };

/** Starts the watcher thread. */
export function startWatcher(boot: WatcherBoot, hear: (message: FromWatcher) => void) {
  const worker = new Worker(entryUrl(import.meta.url, "./watcher-entry"), { workerData: boot });
  worker.on("message", hear);
  worker.on("error", (error) => {
    throw error; // without its watcher a run must not go on
  });
  worker.unref();
  const post = (message: ToWatcher): void => worker.postMessage(message);
  return {
    watch: (host: WatchedHost) => post({ kind: "watch", host }),
    unwatch: (slot: number) => post({ kind: "unwatch", slot }),
    reserve: (bytes: number) => post({ kind: "reserve", bytes }),
    stop: () => worker.terminate(),
  };
}
