import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Backend } from "../core/study.ts";
import { backendEnvironment, type EnvironmentOptions } from "../tensorflow/environment.ts";
import { type HostClient, startHost } from "./host-client.ts";
import type { HostBoot } from "./protocol.ts";
import type { WatcherKill } from "./watcher/protocol.ts";

/** A host with its beacon file. */
export interface PooledHost {
  readonly host: HostClient;
  readonly beacon: string;
  /** How often the bundle had been written again when the host was started. */
  readonly renewals: number;
}

/** The options of a pool of hosts. */
export interface HostPoolOptions {
  readonly boot: Omit<HostBoot, "beacon">;
  readonly workers: number;
  readonly isolation: "process" | "thread";
  /** The cores that the slots share. */
  readonly cores: number;
  /**
   * The GPUs that the slots share, in the syntax of CUDA_VISIBLE_DEVICES; with fewer than two the variable is not set.
   */
  readonly gpus?: readonly string[];
  /** Whether the trials train in a program of their own. @default false */
  readonly command?: boolean;
  /** A folder of this run for the beacon files. */
  readonly folder: string;
  /**
   * Called before each start of a host and after a failed setup: writes the study's bundle again if it is missing.
   * Returns whether it was.
   */
  readonly renew?: () => boolean;
  readonly onOutput: (text: string, number: number | null) => void;
  /** Called with the progress of `data` in a host that is being set up. */
  readonly onProgress?: (text: string) => void;
  readonly watcher: { killOf(pid: number): Promise<WatcherKill | null> } | null;
  readonly gpuBytes: (host: HostClient) => number | null;
}

const NATIVE: readonly Backend[] = ["gpu", "node"];

/** Creates the pool of an engine's hosts: those in its slots, a spare one, and those that are being ended. */
export function hostPool(options: HostPoolOptions) {
  const { boot, isolation, watcher, folder } = options;
  const hasOwnGpu = options.command === true && (options.gpus?.length ?? 0) > 1;
  const spareWanted =
    isolation === "process" && !hasOwnGpu && !NATIVE.includes(boot.backend?.backend ?? "cpu");
  const hosts = new Set<HostClient>();
  let spare: PooledHost | null = null;
  let { memoryBytes } = boot;
  let hostCount = 0;
  let renewals = 0;

  function keepFolder(): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Restores the run's temporary files, which cleaners of old files, or trials, may have deleted. */
  function renew(): void {
    keepFolder();
    if (options.renew?.()) renewals++;
  }

  /** @param index - The slot, which determines the GPU. A spare may go to any slot, where hosts differ by their GPU there is none. */
  function start(index: number): PooledHost {
    renew();
    const beacon = join(folder, `beacon-${hostCount++}`);
    const host: HostClient = startHost({
      boot: { ...boot, memoryBytes, beacon: watcher ? beacon : null },
      isolation,
      environment: hostEnvironment(options, index),
      onOutput: options.onOutput,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      ...(watcher ? { killOf: watcher.killOf } : {}),
      gpuBytes: () => options.gpuBytes(host),
    });
    hosts.add(host);
    return { host, beacon, renewals };
  }

  /** Ends a host; resolves when its process has exited. */
  async function end(host: HostClient): Promise<void> {
    await host.close();
    hosts.delete(host);
  }

  function dropSpare(): void {
    if (spare) void end(spare.host);
    spare = null;
  }

  return {
    /** Creates the run's folder again if it was removed, so that running hosts can write their beacons. */
    keepFolder,
    /** Returns a host for a slot: the spare, or a new one. */
    take(index: number): PooledHost {
      if (spare?.host.dead) dropSpare();
      const taken = spare ?? start(index);
      spare = null;
      return taken;
    },
    startSpare(): void {
      try {
        if (spareWanted) spare ??= start(0);
      } catch {
        // the failure is reported when a slot needs a host
      }
    },
    dropSpare,
    end,
    /** Whether the bundle may have been missing when this host read it, so that another host may succeed. */
    missedBundle(pooled: Pick<PooledHost, "renewals">): boolean {
      try {
        renew();
      } catch {
        return false;
      }
      return renewals > pooled.renewals;
    },
    /** Sets the memory limit that later hosts derive V8's heap limit from. */
    limit(bytes: number | null): void {
      memoryBytes = bytes;
    },
    /** Ends all hosts; resolves when they have exited. */
    async close(): Promise<void> {
      await Promise.all([...hosts].map(end));
    },
  };
}

/** The environment variables of a slot's host: its share of cores and GPUs. */
function hostEnvironment(
  { boot, workers, cores, gpus = [], command = false }: HostPoolOptions,
  index: number,
): Readonly<Record<string, string>> {
  const share = {
    threads: Math.max(1, Math.floor(cores / workers)),
    gpu: gpus.length > 1 ? gpus[index % gpus.length] : undefined,
  };
  return command ? commandEnvironment(share) : backendEnvironment(boot.backend?.backend ?? null, share);
}

/**
 * The share of a slot for programs: OpenMP, with which NumPy, scikit-learn, PyTorch and others work, would start a
 * thread for each core in every slot.
 */
function commandEnvironment({ threads, gpu }: EnvironmentOptions): Readonly<Record<string, string>> {
  return {
    ...(process.env.OMP_NUM_THREADS === undefined ? { OMP_NUM_THREADS: String(threads) } : {}),
    ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  };
}
