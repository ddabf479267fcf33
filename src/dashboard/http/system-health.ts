import { statSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { usableCores, visibleGpus } from "../../machine/cores.ts";
import { freeDiskBytes } from "../../machine/disk.ts";
import { machineMemory } from "../../machine/memory.ts";

/** How the machine of a dashboard fares. */
export interface SystemHealthJson {
  readonly ok: boolean;
  readonly cores: number;
  /** How many processes want to run, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly memory: {
    readonly totalBytes: number;
    readonly availableBytes: number;
    readonly limitedBy: string;
  };
  /** Free space for the database; null if the system does not tell. */
  readonly freeDiskBytes: number | null;
  /** The size of the database's file; null if there is none. */
  readonly databaseBytes: number | null;
  readonly gpus: readonly string[];
  readonly dashboard: { readonly pid: number; readonly rssBytes: number; readonly upMs: number };
}

/** With less free space a run is about to wait for more. */
const LEAST_FREE_BYTES = 1e8;

/** @param db - The database's file. */
export function systemHealth(db: string): SystemHealthJson {
  const free = orNull(() => freeDiskBytes(dirname(db)));
  return {
    ok: free === null || free > LEAST_FREE_BYTES,
    cores: usableCores(),
    load: loadavg(),
    memory: machineMemory(),
    freeDiskBytes: free,
    databaseBytes: orNull(() => statSync(db).size),
    gpus: visibleGpus(),
    dashboard: {
      pid: process.pid,
      rssBytes: process.memoryUsage.rss(),
      upMs: Math.round(process.uptime() * 1_000),
    },
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
