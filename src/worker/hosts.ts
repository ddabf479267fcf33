import type { Outcome } from "../core/trial.ts";
import type { HostClient, Ready } from "./host-client.ts";
import { type HostPoolOptions, hostPool } from "./host-pool.ts";
import { sameStudy } from "./same-study.ts";
import { setupFailure } from "./setup-error.ts";
import { placeHost, type Recycle, reasonToRecycle, type Slot } from "./slot.ts";
import type { WatchedHost, WatchedLimits } from "./watcher/protocol.ts";

/** The options of an engine's hosts. */
export interface HostsOptions extends Omit<HostPoolOptions, "gpuBytes" | "watcher"> {
  readonly slots: readonly Slot[];
  readonly recycle: Recycle;
  readonly watcher:
    | (NonNullable<HostPoolOptions["watcher"]> & {
        watch(host: WatchedHost): void;
        unwatch(slot: number): void;
      })
    | null;
}

/** Manages the hosts in an engine's slots: prepares, watches, recycles and ends them. */
export function openHosts(options: HostsOptions) {
  const { slots, watcher } = options;
  const same = sameStudy();
  const pool = hostPool({
    ...options,
    gpuBytes: (host) => slots.find((slot) => slot.host === host)?.gpuBytes ?? null,
  });
  let isClosed = false;

  /** Tells the watcher the limits of the trial in a slot; null if none runs. */
  function watch(slot: Slot, limits: WatchedLimits | null): void {
    if (slot.host && !slot.host.dead)
      watcher?.watch({ slot: slot.index, pid: slot.host.pid, beacon: slot.beacon, limits });
  }

  async function drop(slot: Slot): Promise<void> {
    const { host } = slot;
    slot.host = null;
    slot.rssBytes = null;
    watcher?.unwatch(slot.index);
    if (host) await pool.end(host);
  }

  async function makeReady(slot: Slot): Promise<Ready | null> {
    const pooled = pool.take(slot.index);
    placeHost(slot, pooled.host, pooled.beacon);
    watch(slot, null);
    try {
      same.checkManifest(await pooled.host.loaded);
      const ready = await pooled.host.prepare();
      same.checkSplits(ready);
      return ready;
    } catch (error) {
      await drop(slot);
      if (pool.missedBundle(pooled)) return null;
      throw error;
    }
  }

  return {
    watch,
    /** Ends the slot's host; resolves when its process has exited. */
    drop,
    /**
     * Prepares a host in a slot that has none: it loads the data and checks the splits. null if the study's bundle was
     * missing and is restored, so that another host may succeed.
     */
    makeReady,
    /**
     * Ensures that the slot has a prepared host. Returns null, or the outcome of the attempt if no host can be
     * prepared. A slot that is still without a host after null should be tried once more.
     */
    async ensureHost(slot: Slot): Promise<Outcome | null> {
      try {
        if (slot.host?.dead) await drop(slot);
        if (!slot.host) await makeReady(slot);
        return null;
      } catch (error) {
        return setupFailure(error);
      }
    },
    /** After a trial: keeps the slot's host if it is clean, and ends it otherwise. */
    async recycle(slot: Slot, host: HostClient, number: number): Promise<void> {
      const reason = reasonToRecycle(slot, host, options.recycle);
      if (reason === null || isClosed) return watch(slot, null);
      if (!host.dead) options.onOutput(`a fresh host takes over from ${host.pid}: ${reason}`, number);
      await drop(slot);
    },
    /** Ends all hosts without a trial, and the spare, when memory is short: waiting trials might need theirs. */
    dropIdle(): void {
      for (const slot of slots) if (slot.state === "free" && slot.host) void drop(slot);
      pool.dropSpare();
    },
    /** Starts the spare, unless there is one or the backend is native. */
    startSpare(): void {
      if (!isClosed) pool.startSpare();
    },
    /** Sets the memory limit that later hosts derive V8's heap limit from. */
    limit: pool.limit,
    keepFolder(): void {
      if (!isClosed) pool.keepFolder();
    },
    /** Ends all hosts. */
    async close(): Promise<void> {
      isClosed = true;
      await Promise.all([...slots.map(drop), pool.close()]);
    },
  };
}

export type Hosts = ReturnType<typeof openHosts>;
