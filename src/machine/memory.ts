import { readFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";

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

function cgroupMemory(): { limit: number; used: number } | null {
  for (const line of (readText("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined) continue;
    const found =
      controllers === ""
        ? tightest("/sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        : controllers.split(",").includes("memory")
          ? tightest(
              "/sys/fs/cgroup/memory",
              path,
              "memory.limit_in_bytes",
              "memory.usage_in_bytes",
              "total_inactive_file",
            )
          : null;
    if (found) return found;
  }
  return null;
}

/** The tightest limit on the way from this group up to the root; inactive file cache can be taken back and is not counted. */
function tightest(
  root: string,
  path: string,
  limitFile: string,
  usedFile: string,
  cacheKey: string,
): { limit: number; used: number } | null {
  let best: { limit: number; used: number } | null = null;
  const parts = path.split("/").filter(Boolean);
  for (let depth = parts.length; depth >= 0; depth--) {
    const folder = [root, ...parts.slice(0, depth)].join("/");
    const limit = Number((readText(`${folder}/${limitFile}`) ?? "").trim());
    const used = Number((readText(`${folder}/${usedFile}`) ?? "").trim());
    if (!(limit > 0) || !Number.isFinite(used) || (best && best.limit <= limit)) continue;
    const cache = Number(
      new RegExp(`^${cacheKey} (\\d+)`, "m").exec(readText(`${folder}/memory.stat`) ?? "")?.[1] ?? 0,
    );
    best = { limit, used: Math.max(0, used - cache) };
  }
  return best;
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
