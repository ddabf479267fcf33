import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cgroupsOf, countIn, readText } from "./cgroup.ts";
import { isAlive } from "./process.ts";

/**
 * A control group of its own for a program, in which the kernel holds it to a limit of memory, at once and not only when
 * somebody looks. It exists where this user may make one: often in a container as root, and in a session of systemd for
 * users that may.
 */
export interface MemoryGroup {
  readonly version: 1 | 2;
  /** Moves a process into the group; what it starts from then on is in it, too. @returns whether that worked. */
  add(pid: number): boolean;
  /** Changes the limit, in bytes. */
  limit(bytes: number): void;
  /** How many of its processes the kernel has killed for lack of memory. */
  kills(): number;
  /** The most memory that it has held, in bytes; null where the kernel does not tell. */
  peakBytes(): number | null;
  /** Its living processes. */
  processes(): number[];
  /** Removes the group; one that still has processes stays, and is removed when a later one is made. */
  close(): void;
}

const FILES = {
  1: {
    limit: "memory.limit_in_bytes",
    swap: "memory.memsw.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    events: "memory.oom_control",
  },
  2: { limit: "memory.max", swap: "memory.swap.max", peak: "memory.peak", events: "memory.events" },
} as const;
const NAME = /^belay-(\d+)-\d+$/;

let count = 0;

/**
 * Makes a group. null: this user may make none here.
 *
 * @param bytes - The limit.
 * @param base - The folder that holds `/proc` and `/sys`; tests set it.
 */
export function openMemoryGroup(bytes: number, base = ""): MemoryGroup | null {
  for (const { version, root, path } of cgroupsOf("memory", base)) {
    const own = join(root, path);
    // In version 2 a group with processes can have no children with limits; its parent may be this user's.
    for (const parent of version === 2 ? [own, dirname(own)] : [own]) {
      const group = parent.startsWith(root) ? openIn(parent, version, bytes) : null;
      if (group) return group;
    }
  }
  return null;
}

/** The version of the control groups in which programs are held to their limit; null: this user may make none. */
export function memoryGroupVersion(base = ""): 1 | 2 | null {
  const group = openMemoryGroup(2 ** 30, base);
  group?.close();
  return group?.version ?? null;
}

function openIn(parent: string, version: 1 | 2, bytes: number): MemoryGroup | null {
  sweep(parent);
  const folder = join(parent, `belay-${process.pid}-${count++}`);
  const files = FILES[version];
  const group: MemoryGroup = {
    version,
    add: (pid) => wrote(join(folder, "cgroup.procs"), String(pid)),
    limit(next) {
      // The limit with swap may not be below the one without, so the one that grows is set first.
      const swap = (): boolean => wrote(join(folder, files.swap), version === 1 ? String(next) : "0");
      swap();
      wrote(join(folder, files.limit), String(next));
      swap();
    },
    kills: () => countIn(join(folder, files.events), "oom_kill"),
    peakBytes() {
      const peak = Number(readText(join(folder, files.peak)) ?? Number.NaN);
      return Number.isFinite(peak) ? peak : null;
    },
    processes: () => (readText(join(folder, "cgroup.procs")) ?? "").split("\n").filter(Boolean).map(Number),
    close: () => removed(folder),
  };
  try {
    mkdirSync(folder);
  } catch {
    return null;
  }
  if (readText(join(folder, files.limit)) !== null && wrote(join(folder, files.limit), String(bytes))) {
    group.limit(bytes);
    if (version === 2) wrote(join(folder, "memory.oom.group"), "1");
    return group;
  }
  removed(folder);
  return null;
}

/** Removes the groups of hosts that are dead. */
function sweep(parent: string): void {
  try {
    for (const name of readdirSync(parent)) {
      const pid = NAME.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) removed(join(parent, name));
    }
  } catch {
    // the folder cannot be read
  }
}

function removed(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it is gone, or still has processes
  }
}

/** Writes to a file of the kernel, which it must have made itself. @returns whether it was accepted. */
function wrote(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}
