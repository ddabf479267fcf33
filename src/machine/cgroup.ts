import { readFileSync } from "node:fs";

/** Where Linux accounts for one resource of this process: a control group of version 1 or 2. */
export interface Cgroup {
  readonly version: 1 | 2;
  /** The folder of the hierarchy. */
  readonly root: string;
  /** The group below the root, as /proc/self/cgroup names it: `/` or `/a/b`. A container may see its own group as the root. */
  readonly path: string;
}

/**
 * The groups that may limit a resource of this process; none where there are no cgroups. With version 1 and 2 side by
 * side there are two, and the resource is accounted for in one of them.
 *
 * @param base - Where `/proc` and `/sys` are found; for tests.
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

/** A text file; null where it cannot be read. */
export function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8"); // the only encoding for which Node reads a file in one call
  } catch {
    return null;
  }
}

/** The number behind a key in a file of lines `key number`; 0 where there is none. */
export function countIn(file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)`, "m").exec(readText(file) ?? "")?.[1] ?? 0);
}
