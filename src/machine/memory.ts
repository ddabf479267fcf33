import { freemem, totalmem } from "node:os";
import { withMaxAge } from "../core/max-age.ts";
import { type Cgroup, cgroupsOf, countIn, readText } from "./cgroup.ts";

/** The memory of this machine, or of the cgroup that Belay runs in, in bytes. */
export interface MachineMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** Whether the total is the machine's or a cgroup's limit. */
  readonly limitedBy: "machine" | "cgroup";
}

/** Reads the memory of the machine or of its tightest cgroup (v1 or v2), whichever is smaller. */
export function machineMemory(): MachineMemory {
  const { totalBytes, availableBytes } = kernelMemory();
  const group = cgroupMemory();
  if (!group || group.limit >= totalBytes) return { totalBytes, availableBytes, limitedBy: "machine" };
  const left = Math.max(0, group.limit - group.used);
  return { totalBytes: group.limit, availableBytes: Math.min(availableBytes, left), limitedBy: "cgroup" };
}

/**
 * Reads MemAvailable, which includes the caches that the kernel can reclaim; `os.freemem` does so only on newer libuv.
 */
function kernelMemory(): { readonly totalBytes: number; readonly availableBytes: number } {
  const text = readText("/proc/meminfo") ?? "";
  const [, total] = /^MemTotal:\s+(\d+) kB/m.exec(text) ?? [];
  const [, available] = /^MemAvailable:\s+(\d+) kB/m.exec(text) ?? [];
  return {
    totalBytes: total ? Number(total) * 1024 : totalmem(),
    availableBytes: available ? Number(available) * 1024 : freemem(),
  };
}

/** The names, by cgroup version, of the limit, of the memory in use and, in memory.stat, of the reclaimable cache. */
const FILES = {
  1: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" },
  2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
} as const;

/** A group with a limit below the machine's memory. */
interface LimitedGroup {
  readonly limit: number;
  readonly folder: string;
  readonly version: Cgroup["version"];
}

/**
 * How long a limit is kept: people change it rarely, so it is read once a second; the memory in use is read each time.
 */
const LIMITS_MS = 1_000;
const limitedGroup = withMaxAge(findLimitedGroup, LIMITS_MS);

function cgroupMemory(): { readonly limit: number; readonly used: number } | null {
  const group = limitedGroup();
  if (!group) return null;
  const { limit, folder, version } = group;
  const used = numberIn(`${folder}/${FILES[version].used}`);
  if (!Number.isFinite(used)) return null;
  // The kernel can reclaim inactive file cache.
  return { limit, used: Math.max(0, used - countIn(`${folder}/memory.stat`, FILES[version].cache)) };
}

/** Finds the tightest limit among this process's group and its parents; null if the machine is the limit. */
function findLimitedGroup(): LimitedGroup | null {
  for (const group of cgroupsOf("memory")) {
    const found = tightest(group);
    if (found) return found;
  }
  return null;
}

function tightest({ version, root, path }: Cgroup): LimitedGroup | null {
  const { limit: limitFile, used: usedFile } = FILES[version];
  const most = totalmem();
  let best: LimitedGroup | null = null;
  const parts = path.split("/").filter(Boolean);
  for (let depth = parts.length; depth >= 0; depth--) {
    const folder = [root, ...parts.slice(0, depth)].join("/");
    const limit = numberIn(`${folder}/${limitFile}`);
    const isTighter = limit > 0 && limit < (best?.limit ?? most);
    if (isTighter && Number.isFinite(numberIn(`${folder}/${usedFile}`))) best = { limit, folder, version };
  }
  return best;
}

function numberIn(file: string): number {
  return Number(readText(file)?.trim() || Number.NaN);
}
