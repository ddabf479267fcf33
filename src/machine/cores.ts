import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { CpuShares } from "../core/engine.ts";
import { type Cgroup, cgroupsOf, readText } from "./cgroup.ts";
import { readStat } from "./process.ts";

/** The number of cores that this process may use: limited by the machine, its CPU affinity and a cgroup's quota. */
export function usableCores(): number {
  return Math.min(availableParallelism(), quotaCores() ?? Number.POSITIVE_INFINITY);
}

/** The number of cores that a cgroup (v1 or v2) allows, possibly a fraction; null without a quota. */
function quotaCores(): number | null {
  for (const group of cgroupsOf("cpu")) {
    const [quota = 0, period = 0] =
      group.version === 2
        ? (readNearest(group, "cpu.max") ?? "").split(" ").map(Number)
        : [Number(readNearest(group, "cpu.cfs_quota_us")), Number(readNearest(group, "cpu.cfs_period_us"))];
    if (quota > 0 && period > 0) return Math.max(1, quota / period);
  }
  return null;
}

/** Reads a file of the group or, since a container may see its own group as the root, of the root. */
function readNearest({ root, path }: Cgroup, file: string): string | null {
  return readText(`${root}${path}/${file}`) ?? readText(`${root}/${file}`);
}

/**
 * The GPUs that this process may use, in the syntax of CUDA_VISIBLE_DEVICES: those that the variable names, or else an
 * index for each GPU of the NVIDIA driver. Empty without a driver.
 */
export function visibleGpus(chosen = process.env.CUDA_VISIBLE_DEVICES): readonly string[] {
  if (chosen !== undefined) {
    const devices = chosen.split(",").map((device) => device.trim());
    const end = devices.findIndex((device) => device === "" || device.startsWith("-")); // CUDA ignores all after an invalid one
    return end < 0 ? devices : devices.slice(0, end);
  }
  try {
    return readdirSync("/proc/driver/nvidia/gpus").map((_, index) => String(index));
  } catch {
    return [];
  }
}

/**
 * Measures how busy the machine is. Hosts that train always use all they can get, so the load of other programs is
 * reported separately: the machine's, minus that of this process and of its hosts with their children.
 */
export function cpuMeter() {
  let last = { at: performance.now(), ...machineTimes(), own: ownMs(), hosts: new Map<number, number>() };
  return {
    /**
     * @param hosts - Process ids of Belay's own hosts. The first reading that names a host counts all of its time since
     * its start.
     */
    read(hosts: readonly number[]): CpuShares {
      const now = {
        at: performance.now(),
        ...machineTimes(),
        own: ownMs(),
        hosts: new Map<number, number>(),
      };
      let ourMs = now.own - last.own;
      for (const pid of hosts) {
        const usedMs = processMs(pid);
        if (usedMs === null) continue;
        now.hosts.set(pid, usedMs);
        ourMs += Math.max(0, usedMs - (last.hosts.get(pid) ?? 0));
      }
      const spentMs = Math.max(1, now.allMs - last.allMs);
      const busyMs = Math.max(0, now.busyMs - last.busyMs);
      last = now;
      const share = (ms: number): number => Math.min(1, Math.max(0, ms / spentMs));
      return { total: share(busyMs), others: share(busyMs - ourMs) };
    },
  };
}

/** Processor time of the whole machine since boot. */
function machineTimes(): { allMs: number; busyMs: number } {
  let allMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    allMs += times.user + times.nice + times.sys + times.idle + times.irq;
    idleMs += times.idle;
  }
  return { allMs, busyMs: allMs - idleMs };
}

function ownMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Linux reports processor time in ticks of 1/100 s on every machine. */
const TICK_MS = 10;

/** Processor time of a process and of its children that have ended, in ms; null if it cannot be read. */
export function processMs(pid: number): number | null {
  const stat = readStat(pid);
  return stat === null ? null : stat.cpuTicks * TICK_MS;
}
