import { cgroupsOf, countIn } from "./cgroup.ts";

/**
 * Counts the processes that the kernel has killed for lack of memory, in this cgroup (v1 or v2) and on the machine; 0
 * where it does not tell. If the count has grown, a process that ended by a SIGKILL which nobody sent was killed by the
 * kernel.
 *
 * @param base - The folder that holds `/proc` and `/sys`; tests set it.
 */
export function kernelKills(base = ""): number {
  const groups = cgroupsOf("memory", base).map(({ version, root, path }) =>
    countIn(`${root}${path}/${version === 2 ? "memory.events" : "memory.oom_control"}`, "oom_kill"),
  );
  return groups.reduce((sum, count) => sum + count, countIn(`${base}/proc/vmstat`, "oom_kill"));
}
