import { platform } from "node:os";
import pidusage from "pidusage";
import { descendants, peakBytes, residentBytes } from "./proc.ts";

/** What a host and its children hold, in bytes. */
export interface MeterReading {
  /** Resident set of the process and all its descendants. */
  readonly rssBytes: number;
  /** Of these, what the descendants hold. */
  readonly childrenBytes: number;
  /** The kernel's own record of the process's largest resident set; null where it keeps none. */
  readonly peakBytes: number | null;
}

/** Reads the memory of a process; null once it is gone. */
export interface Meter {
  readonly name: string;
  read(pid: number): Promise<MeterReading | null>;
}

/** Linux: microseconds a reading, descendants included. */
export function procMeter(): Meter {
  return {
    name: "proc",
    async read(pid) {
      const own = residentBytes(pid);
      if (own === null) return null;
      let childrenBytes = 0;
      for (const child of descendants(pid)) childrenBytes += residentBytes(child) ?? 0;
      return { rssBytes: own + childrenBytes, childrenBytes, peakBytes: peakBytes(pid) };
    },
  };
}

/** Everywhere: under a millisecond a reading; the process alone, since pidusage knows no process trees. */
export function pidusageMeter(): Meter {
  return {
    name: "pidusage",
    async read(pid) {
      try {
        const { memory } = await pidusage(pid);
        return { rssBytes: memory, childrenBytes: 0, peakBytes: null };
      } catch {
        return null; // ESRCH or ENOENT: the process is gone
      }
    },
  };
}

/** The best meter of this machine. */
export function machineMeter(): Meter {
  return platform() === "linux" ? procMeter() : pidusageMeter();
}

/** CPU use of processes in percent of one core since the last call, by pid; what is gone is left out. */
export async function cpuPercent(pids: readonly number[]): Promise<Map<number, number>> {
  const loads = new Map<number, number>();
  await Promise.all(
    pids.map(async (pid) => {
      try {
        loads.set(pid, (await pidusage(pid)).cpu);
      } catch {
        // gone
      }
    }),
  );
  return loads;
}
