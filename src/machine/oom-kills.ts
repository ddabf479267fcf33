import { readFileSync } from "node:fs";

/**
 * How many processes the kernel has killed for want of memory, as far as it tells: in this cgroup (v2, v1) and on the
 * machine. A process that ended by a SIGKILL which nobody sent is its work when the count has grown meanwhile.
 *
 * @param root - Where `/proc` and `/sys` are found; for tests.
 */
export function kernelKills(root = ""): number {
  const counts = [count(`${root}/proc/vmstat`, "oom_kill")];
  for (const line of read(`${root}/proc/self/cgroup`).split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === "") counts.push(count(`${root}/sys/fs/cgroup${path}/memory.events`, "oom_kill"));
    else if (controllers?.split(",").includes("memory"))
      counts.push(count(`${root}/sys/fs/cgroup/memory${path}/memory.oom_control`, "oom_kill"));
  }
  return counts.reduce((sum, value) => sum + value, 0);
}

function count(file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, "m").exec(read(file))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
