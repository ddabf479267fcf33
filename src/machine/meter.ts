import { platform } from "node:os";
import { followers } from "./followers.ts";
import type { HostMark } from "./mark.ts";
import { openDescendants, openResident, peakBytes, residentBytes } from "./proc.ts";

/** The memory of a host and its children, in bytes. */
export interface MeterReading {
  /** Resident set of the process, all its descendants, and what carries its mark. */
  readonly rssBytes: number;
  /** Of these, what all but the process itself hold. */
  readonly childrenBytes: number;
}

/** Reads the memory of processes. */
export interface Meter {
  readonly name: "proc" | "pidusage";
  /** null once the process is gone. Linux answers at once. */
  read(pid: number): MeterReading | null | Promise<MeterReading | null>;
  /** The kernel's own record of the process's largest resident set; null where it keeps none. */
  peak(pid: number): number | null;
  /** The pids of its living descendants and of what carries its mark, looked for now; none where that cannot be known. */
  descendants(pid: number): readonly number[];
  /** How many files it keeps open to read a process. */
  files(pid: number): number;
  /** Lets go of what is kept open for a process. */
  forget(pid: number): void;
}

/** Looking for children reads a list per thread: ten times the cost of the reading itself. */
const CHILDREN_MS = 200;
/** Looking for what carries the mark reads the list of all processes. */
const FOLLOWERS_MS = 1_000;

interface Watched {
  readonly resident: ReturnType<typeof openResident>;
  readonly kin: ReturnType<typeof openDescendants>;
  children: readonly number[];
  childrenAt: number;
  followersAt: number;
}

/**
 * Linux: microseconds a reading, descendants included (looked for every 200 ms).
 *
 * @param mark - This process's own, if it is a host: what carries it counts, wherever it is (looked for every second).
 */
export function procMeter(mark: HostMark | null = null): Meter {
  const marked = mark ? followers(mark) : null;
  const watched = new Map<number, Watched>();
  const forget = (pid: number): void => {
    const known = watched.get(pid);
    known?.resident.close();
    known?.kin.close();
    watched.delete(pid);
  };
  const find = (pid: number): Watched => {
    const known = watched.get(pid);
    if (known) return known;
    const opened = {
      resident: openResident(pid),
      kin: openDescendants(pid),
      children: [],
      childrenAt: Number.NEGATIVE_INFINITY,
      followersAt: Number.NEGATIVE_INFINITY,
    };
    watched.set(pid, opened);
    return opened;
  };
  /** Only the lists of this very process stay open: a watcher of many hosts would run out of files. */
  const look = (host: Watched, pid: number, all: boolean): number[] => {
    const found = host.kin.read();
    if (pid !== process.pid) {
      host.kin.close();
      return found;
    }
    if (!marked) return found;
    if (all) host.followersAt = performance.now();
    return all ? marked.read(found) : [...new Set([...found, ...marked.known()])];
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
        host.children = look(host, pid, now - host.followersAt >= FOLLOWERS_MS);
        host.childrenAt = now;
      }
      let childrenBytes = 0;
      for (const child of host.children) childrenBytes += residentBytes(child) ?? 0;
      return { rssBytes: own + childrenBytes, childrenBytes };
    },
    peak: peakBytes,
    descendants: (pid) => look(find(pid), pid, true),
    files: (pid) => watched.get(pid)?.kin.files ?? 0,
    forget,
  };
}

/** Everywhere: under a millisecond a reading; the process alone, since pidusage knows no process trees. */
export function pidusageMeter(): Meter {
  return {
    name: "pidusage",
    async read(pid) {
      try {
        const { default: pidusage } = await import("pidusage"); // systems with /proc never need it
        const { memory } = await pidusage(pid);
        return { rssBytes: memory, childrenBytes: 0 };
      } catch {
        return null; // ESRCH or ENOENT: the process is gone
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
