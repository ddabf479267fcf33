import { readFileSync } from "node:fs";

/** A Linux control group, of version 1 or 2, that accounts for one resource of this process. */
export interface Cgroup {
  readonly version: 1 | 2;
  /** The folder of the cgroup hierarchy. */
  readonly root: string;
  /**
   * The group below the root, as /proc/self/cgroup names it: `/` or `/a/b`. A container may see its own group as the
   * root.
   */
  readonly path: string;
}

/**
 * Lists the groups that may limit a resource of this process; empty on a system without cgroups. A system that runs
 * version 1 and version 2 side by side gives two, of which one accounts for the resource.
 *
 * @param base - The folder that holds `/proc` and `/sys`; tests set it.
 */
export function cgroupsOf(controller: "cpu" | "memory", base = ""): Cgroup[] {
  const groups: Cgroup[] = [];
  for (const line of (readText(`${base}/proc/self/cgroup`) ?? "").split("\n")) {
    const [, controllers, path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") groups.push({ version: 2, root: `${base}/sys/fs/cgroup`, path });
    else if (controllers?.split(",").includes(controller))
      groups.push({ version: 1, root: `${base}/sys/fs/cgroup/${controller}`, path });
  }
  return groups;
}

/** Reads a text file; null if it cannot be read. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8"); // the only encoding for which Node reads a file in one call
  } catch {
    return null;
  }
}

/** Reads the number of a key from a file of `key number` lines; 0 if the key is missing. */
export function countIn(file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)`, "m").exec(readText(file) ?? "")?.[1] ?? 0);
}
