import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Backend } from "../core/study.ts";
import { backendEnvironment } from "../tensorflow/environment.ts";
import { type HostClient, startHost } from "./host-client.ts";
import type { HostBoot } from "./protocol.ts";
import type { Blame } from "./watcher/protocol.ts";

/** A host, and the file that the watcher reads its clocks from. */
export interface Seated {
  readonly host: HostClient;
  readonly beacon: string;
  /** How often the bundle had been written when it was started. */
  readonly renewals: number;
}

/** What a pool needs to know. */
export interface HostPoolOptions {
  readonly boot: Omit<HostBoot, "beacon">;
  readonly workers: number;
  readonly isolation: "process" | "thread";
  /** Cores to share out between the slots. */
  readonly cores: number;
  /** GPUs to share out between the slots, in the words of CUDA_VISIBLE_DEVICES; one or none: nothing to share. */
  readonly gpus?: readonly string[];
  /** A folder of this run, for what the watcher reads. */
  readonly folder: string;
  /**
   * Called before each start of a host, and when one could not be set up: writes the study's bundle again, should it be
   * gone. Whether it was.
   */
  readonly renew?: () => boolean;
  readonly onOutput: (text: string, number: number | null) => void;
  /** How far `data` has come in a host that is being set up. */
  readonly onProgress?: (text: string) => void;
  readonly watcher: { blame(pid: number): Promise<Blame | null> } | null;
  readonly gpuBytes: (host: HostClient) => number | null;
}

const NATIVE: readonly Backend[] = ["gpu", "node"];

/** The hosts of an engine: those in its slots, a spare, and those that are on their way out. */
export function hostPool(options: HostPoolOptions) {
  const { boot, isolation, watcher, folder } = options;
  const spareWanted = isolation === "process" && !NATIVE.includes(boot.backend?.backend ?? "cpu");
  const hosts = new Set<HostClient>();
  let spare: Seated | null = null;
  let { memoryBytes } = boot;
  let hostCount = 0;
  let renewals = 0;

  function keepFolder(): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Temporary files are not for ever: cleaners take what is old, and trials what they find. */
  function renew(): void {
    keepFolder();
    if (options.renew?.()) renewals++;
  }

  /** @param index - The slot that it is for; a spare, which no native backend has, serves whichever needs it first. */
  function start(index: number): Seated {
    renew();
    const beacon = join(folder, `beacon-${hostCount++}`);
    const host: HostClient = startHost({
      boot: { ...boot, memoryBytes, beacon: watcher ? beacon : null },
      isolation,
      environment: hostEnvironment(options, index),
      onOutput: options.onOutput,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      ...(watcher ? { blame: watcher.blame } : {}),
      gpuBytes: () => options.gpuBytes(host),
    });
    hosts.add(host);
    return { host, beacon, renewals };
  }

  /** Ends a host; resolves when its process is really gone. */
  async function end(host: HostClient): Promise<void> {
    await host.close();
    hosts.delete(host);
  }

  function dropSpare(): void {
    if (spare) void end(spare.host);
    spare = null;
  }

  return {
    /** Makes the run's folder again, should somebody have removed it: hosts that run wait for it to write their beacons. */
    keepFolder,
    /** A host for a slot: the spare, if there is one. */
    take(index: number): Seated {
      if (spare?.host.dead) dropSpare();
      const taken = spare ?? start(index);
      spare = null;
      return taken;
    },
    startSpare(): void {
      try {
        if (spareWanted) spare ??= start(0);
      } catch {
        // what is in the way is told when a slot needs a host
      }
    },
    dropSpare,
    end,
    /** Whether the bundle may have been gone when this host read it: then another host may fare better. */
    metGap(seated: Pick<Seated, "renewals">): boolean {
      try {
        renew();
      } catch {
        return false;
      }
      return renewals > seated.renewals;
    },
    /** V8's limit of the hosts that start from now on. */
    limit(bytes: number | null): void {
      memoryBytes = bytes;
    },
    /** Ends all hosts, also those whose end nobody waits for. */
    async close(): Promise<void> {
      await Promise.all([...hosts].map(end));
    },
  };
}

/** The environment of a slot's host: its share of the cores, and of the GPUs. */
function hostEnvironment(
  { boot, workers, cores, gpus = [] }: HostPoolOptions,
  index: number,
): Readonly<Record<string, string>> {
  return backendEnvironment(boot.backend?.backend ?? null, {
    threads: Math.max(1, Math.floor(cores / workers)),
    gpu: gpus.length > 1 ? gpus[index % gpus.length] : undefined,
  });
}
