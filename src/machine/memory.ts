import { freemem, totalmem } from "node:os";
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
  const total = totalmem();
  const available = kernelAvailable() ?? freemem();
  const group = cgroupMemory();
  if (!group || group.limit >= total)
    return { totalBytes: total, availableBytes: available, limitedBy: "machine" };
  const left = Math.max(0, group.limit - group.used);
  return { totalBytes: group.limit, availableBytes: Math.min(available, left), limitedBy: "cgroup" };
}

/** MemAvailable counts what the kernel can take back from its caches; os.freemem does so only on newer libuv. */
function kernelAvailable(): number | null {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readText("/proc/meminfo") ?? "");
  return match ? Number(match[1]) * 1024 : null;
}

/** What a version calls the limit, what is used, and in memory.stat the cache that can be taken back. */
const FILES = {
  1: { limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file" },
  2: { limit: "memory.max", used: "memory.current", cache: "inactive_file" },
} as const;

interface GroupMemory {
  readonly limit: number;
  readonly used: number;
}

function cgroupMemory(): GroupMemory | null {
  for (const group of cgroupsOf("memory")) {
    const found = tightest(group);
    if (found) return found;
  }
  return null;
}

/** The tightest limit on the way from this group up to the root; inactive file cache can be taken back and is not counted. */
function tightest({ version, root, path }: Cgroup): GroupMemory | null {
  const files = FILES[version];
  let best: GroupMemory | null = null;
  const parts = path.split("/").filter(Boolean);
  for (let depth = parts.length; depth >= 0; depth--) {
    const folder = [root, ...parts.slice(0, depth)].join("/");
    const limit = Number((readText(`${folder}/${files.limit}`) ?? "").trim());
    const used = Number((readText(`${folder}/${files.used}`) ?? "").trim());
    if (!(limit > 0) || !Number.isFinite(used) || (best && best.limit <= limit)) continue;
    const cache = countIn(`${folder}/memory.stat`, files.cache);
    best = { limit, used: Math.max(0, used - cache) };
  }
  return best;
}
