import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";

/** Linux's /proc, read synchronously: microseconds a reading. Every function answers null or nothing for a process that is gone. */

const PAGE_BYTES = 4096;
const buffer = Buffer.alloc(256);
const page = Buffer.alloc(PAGE_BYTES);

/** Resident set of one process. */
export function residentBytes(pid: number): number | null {
  const resident = openResident(pid);
  const bytes = resident.read();
  resident.close();
  return bytes;
}

/** Reads one process's resident set again and again over a file that stays open: it can never be another process's. */
export function openResident(pid: number) {
  let fd: number | null = null;
  try {
    fd = openSync(`/proc/${pid}/statm`, "r");
  } catch {
    // gone
  }
  return {
    read(): number | null {
      if (fd === null) return null;
      try {
        const pages = secondNumber(readSync(fd, buffer, 0, buffer.length, 0));
        return pages > 0 ? pages * PAGE_BYTES : null;
      } catch {
        return null; // ESRCH
      }
    },
    close(): void {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

const [SPACE, ZERO] = [" ".charCodeAt(0), "0".charCodeAt(0)];

/** Of the numbers in the buffer, digit by digit: this is read every 25 ms. 0 where there is none. */
function secondNumber(length: number): number {
  let number = 0;
  for (let i = buffer.indexOf(SPACE) + 1; i > 0 && i < length; i++) {
    const digit = buffer[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}

/** The largest resident set since the start, or since `resetPeak`. */
export function peakBytes(pid: number): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

/** Makes this process's peak start again from what it holds now. False where the kernel refuses. */
export function resetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds every living descendant of a process, grandchildren included, again and again. Any thread may be the one that
 * forked, so every thread's list counts; the lists of its own threads stay open.
 */
export function openDescendants(pid: number) {
  const lists = new Map<string, number>(); // by thread

  function children(): number[] {
    const threads = readdirSync(`/proc/${pid}/task`);
    for (const [thread, fd] of lists) {
      if (threads.includes(thread)) continue;
      closeSync(fd);
      lists.delete(thread);
    }
    return threads.flatMap(childrenOf);
  }

  function childrenOf(thread: string): number[] {
    try {
      const fd = lists.get(thread) ?? openSync(`/proc/${pid}/task/${thread}/children`, "r");
      lists.set(thread, fd);
      const text = readWhole(fd).trim();
      return text ? text.split(" ").map(Number) : [];
    } catch {
      return []; // that thread is gone
    }
  }

  return {
    read(): number[] {
      try {
        return children().flatMap((child) => [child, ...descendants(child)]);
      } catch {
        return []; // gone
      }
    },
    /** How many files it keeps open. */
    get files() {
      return lists.size;
    },
    close(): void {
      for (const fd of lists.values()) closeSync(fd);
      lists.clear();
    },
  };
}

function descendants(pid: number): number[] {
  const kin = openDescendants(pid);
  const found = kin.read();
  kin.close();
  return found;
}

/** A file of /proc from its beginning. */
function readWhole(fd: number): string {
  let text = "";
  for (;;) {
    const length = readSync(fd, page, 0, page.length, text.length);
    text += page.toString("latin1", 0, length);
    if (length < page.length) return text;
  }
}

/** How many files this process has open; null where that cannot be known. */
export function openFiles(): number | null {
  try {
    // From Linux 6.2 on the kernel gives the count as the folder's size; before, every file has to be listed.
    return statSync("/proc/self/fd").size || readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** The pids of all processes; none where there is no /proc. */
export function processes(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
