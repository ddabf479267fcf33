import { platform } from "node:os";
import { daemonFinder } from "./daemons.ts";
import type { HostMark } from "./mark.ts";
import { openDescendants, openResident, peakBytes, residentBytes } from "./proc.ts";

/** The memory of a host and its children, in bytes. */
export interface MeterReading {
  /** Resident set of the process, its descendants and its daemons. */
  readonly rssBytes: number;
  /** The part of it that descendants and daemons hold. */
  readonly childrenBytes: number;
}

/** Reads the memory of processes. */
export interface Meter {
  readonly name: "proc" | "pidusage";
  /** Reads a process; null once it is gone. On Linux the answer is synchronous. */
  read(pid: number): MeterReading | null | Promise<MeterReading | null>;
  /** The process's largest resident set, as recorded by the kernel; null where it keeps none. */
  peak(pid: number): number | null;
  /** Finds the pids of its living descendants and daemons now; empty where the system does not tell. */
  descendants(pid: number): readonly number[];
  /** The number of files that the meter keeps open to read a process. */
  files(pid: number): number;
  /** Closes what is kept open for a process. */
  forget(pid: number): void;
}

/** How often descendants are looked for: that reads a list per thread, at ten times the cost of reading the memory. */
const CHILDREN_MS = 200;
/** How often daemons are looked for: that reads the list of all processes. */
const DAEMONS_MS = 1_000;

interface Watched {
  readonly resident: ReturnType<typeof openResident>;
  readonly descendants: ReturnType<typeof openDescendants>;
  children: readonly number[];
  childrenAt: number;
  daemonsAt: number;
}

/**
 * The meter for Linux. A reading takes microseconds and includes the descendants, which are looked for every 200 ms.
 *
 * @param mark - The mark of this process if it is a host; its daemons then count too, and are looked for every second.
 */
export function procMeter(mark: HostMark | null = null): Meter {
  const daemons = mark ? daemonFinder(mark) : null;
  const watched = new Map<number, Watched>();
  const forget = (pid: number): void => {
    const known = watched.get(pid);
    known?.resident.close();
    known?.descendants.close();
    watched.delete(pid);
  };
  const find = (pid: number): Watched => {
    const known = watched.get(pid);
    if (known) return known;
    const opened = {
      resident: openResident(pid),
      descendants: openDescendants(pid),
      children: [],
      childrenAt: Number.NEGATIVE_INFINITY,
      daemonsAt: Number.NEGATIVE_INFINITY,
    };
    watched.set(pid, opened);
    return opened;
  };
  /** Keeps the lists open for this process only: a watcher of many hosts would run out of files. */
  const look = (host: Watched, pid: number, all: boolean): number[] => {
    const found = host.descendants.read();
    if (pid !== process.pid) {
      host.descendants.close();
      return found;
    }
    if (!daemons) return found;
    if (all) host.daemonsAt = performance.now();
    return all ? daemons.read(found) : [...new Set([...found, ...daemons.known()])];
  };
  return {
    name: "proc",
    read(pid) {
      const host = find(pid);
      const own = host.resident.read();
      if (own === null) {
        forget(pid);
        return null;
      }
      const now = performance.now();
      if (now - host.childrenAt >= CHILDREN_MS) {
        host.children = look(host, pid, now - host.daemonsAt >= DAEMONS_MS);
        host.childrenAt = now;
      }
      let childrenBytes = 0;
      for (const child of host.children) childrenBytes += residentBytes(child) ?? 0;
      return { rssBytes: own + childrenBytes, childrenBytes };
    },
    peak: peakBytes,
    descendants: (pid) => look(find(pid), pid, true),
    files: (pid) => watched.get(pid)?.descendants.files ?? 0,
    forget,
  };
}

/**
 * The meter for other systems. A reading takes under a millisecond and covers the process alone, without descendants.
 */
export function pidusageMeter(): Meter {
  return {
    name: "pidusage",
    async read(pid) {
      try {
        const { default: pidusage } = await import("pidusage"); // not needed on systems with /proc
        const { memory } = await pidusage(pid);
        return { rssBytes: memory, childrenBytes: 0 };
      } catch {
        return null; // the process is gone (ESRCH, ENOENT)
      }
    },
    peak: () => null,
    descendants: () => [],
    files: () => 0,
    forget: () => {},
  };
}

/** The best meter of this machine. */
export function machineMeter(mark: HostMark | null = null): Meter {
  return platform() === "linux" ? procMeter(mark) : pidusageMeter();
}
