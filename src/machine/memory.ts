import { freemem, totalmem } from "node:os";
import { withMaxAge } from "../core/max-age.ts";
import { type Cgroup, cgroupsOf, countIn, readText } from "./cgroup.ts";

/** The memory of this machine, or of the cgroup that Belay runs in, in bytes. */
export interface MachineMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** Whether a cgroup sets the total. */
  readonly limitedBy: "machine" | "cgroup";
}

/** Reads the machine's memory: the smaller of what the kernel and a cgroup (v1 or v2) can give. */
export function machineMemory(): MachineMemory {
  const { totalBytes, availableBytes } = kernelMemory();
  const group = cgroupMemory();
  if (!group || group.limit >= totalBytes) return { totalBytes, availableBytes, limitedBy: "machine" };
  const left = Math.max(0, group.limit - group.used);
  return { totalBytes: group.limit, availableBytes: Math.min(availableBytes, left), limitedBy: "cgroup" };
}

/** MemAvailable counts what the kernel can take back from its caches; os.freemem does so only on newer libuv. */
function kernelMemory(): { readonly totalBytes: number; readonly availableBytes: number } {
  const text = readText("/proc/meminfo") ?? "";
  const [, total] = /^MemTotal:\s+(\d+) kB/m.exec(text) ?? [];
  const [, available] = /^MemAvailable:\s+(\d+) kB/m.exec(text) ?? [];
  return {
    totalBytes: total ? Number(total) * 1024 : totalmem(),
    availableBytes: available ? Number(available) * 1024 : freemem(),
  };
}

/** What a version calls the limit, what is used, and in memory.stat the cache that can be taken back. */
const FILES = {
  1: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" },
  2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
} as const;

/** A group that may hold less than the machine does. */
interface LimitedGroup {
  readonly limit: number;
  readonly folder: string;
  readonly version: Cgroup["version"];
}

/** Limits are changed by people: a new one counts within a second, while what is used is read each time. */
const LIMITS_MS = 1_000;
const limitedGroup = withMaxAge(findLimitedGroup, LIMITS_MS);

function cgroupMemory(): { readonly limit: number; readonly used: number } | null {
  const group = limitedGroup();
  if (!group) return null;
  const { limit, folder, version } = group;
  const used = numberIn(`${folder}/${FILES[version].used}`);
  if (!Number.isFinite(used)) return null;
  // Inactive file cache can be taken back.
  return { limit, used: Math.max(0, used - countIn(`${folder}/memory.stat`, FILES[version].cache)) };
}

/** The group with the tightest limit on the way from this process's up to the root; null where the machine is the limit. */
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
