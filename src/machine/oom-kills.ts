import { cgroupsOf, countIn } from "./cgroup.ts";

/**
 * How many processes the kernel has killed for want of memory, as far as it tells: in this cgroup (v2, v1) and on the
 * machine. A process that ended by a SIGKILL which nobody sent is its work when the count has grown meanwhile.
 *
 * @param base - Where `/proc` and `/sys` are found; for tests.
 */
export function kernelKills(base = ""): number {
  const groups = cgroupsOf("memory", base).map(({ version, root, path }) =>
    countIn(`${root}${path}/${version === 2 ? "memory.events" : "memory.oom_control"}`, "oom_kill"),
  );
  return groups.reduce((sum, count) => sum + count, countIn(`${base}/proc/vmstat`, "oom_kill"));
}
