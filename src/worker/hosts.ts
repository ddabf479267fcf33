import type { Outcome } from "../core/trial.ts";
import type { HostClient, Ready } from "./host-client.ts";
import { type HostPoolOptions, hostPool } from "./host-pool.ts";
import { sameStudy } from "./same-study.ts";
import { setupFailure } from "./setup-error.ts";
import { type Recycle, reasonToRecycle, type Slot, seat } from "./slot.ts";
import type { WatchedHost, WatchedLimits } from "./watcher/protocol.ts";

/** What the hosts of an engine's slots need to know. */
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

/** The hosts of an engine's slots: they are made ready, watched, replaced when they are not clean, and dropped. */
export function openHosts(options: HostsOptions) {
  const { slots, watcher } = options;
  const same = sameStudy();
  const pool = hostPool({
    ...options,
    gpuBytes: (host) => slots.find((slot) => slot.host === host)?.gpuBytes ?? null,
  });
  let isClosed = false;

  /** Tells the watcher what runs in a slot; null: no trial. */
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
    const seated = pool.take(slot.index);
    seat(slot, seated.host, seated.beacon);
    watch(slot, null);
    try {
      same.checkManifest(await seated.host.loaded);
      const ready = await seated.host.prepare();
      same.checkSplits(ready);
      return ready;
    } catch (error) {
      await drop(slot);
      if (pool.metGap(seated)) return null;
      throw error;
    }
  }

  return {
    watch,
    /** Ends the slot's host; resolves when its process is really gone. */
    drop,
    /**
     * Makes a host ready in a slot that has none: data loaded, splits checked. null: the study's bundle was gone, and is
     * there again for another host.
     */
    makeReady,
    /**
     * Sees to it that the slot has a host with its data loaded. The outcome of an attempt for which there can be none; null
     * otherwise. A slot that has none after that is to be tried once more.
     */
    async provide(slot: Slot): Promise<Outcome | null> {
      try {
        if (slot.host?.dead) await drop(slot);
        if (!slot.host) await makeReady(slot);
        return null;
      } catch (error) {
        return setupFailure(error);
      }
    },
    /** After a trial: the slot's host stays if it is clean, and is dropped otherwise. */
    async recycle(slot: Slot, host: HostClient, number: number): Promise<void> {
      const reason = reasonToRecycle(slot, host, options.recycle);
      if (reason === null || isClosed) return watch(slot, null);
      if (!host.dead) options.onOutput(`a fresh host takes over from ${host.pid}: ${reason}`, number);
      await drop(slot);
    },
    /** Memory is short: hosts that serve no trial end, the spare among them. Trials that wait for memory might wait for theirs. */
    giveBack(): void {
      for (const slot of slots) if (slot.state === "free" && slot.host) void drop(slot);
      pool.dropSpare();
    },
    /** Starts the spare, unless there is one, or none is wanted. */
    startSpare(): void {
      if (!isClosed) pool.startSpare();
    },
    /** V8's limit of the hosts that start from now on. */
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
