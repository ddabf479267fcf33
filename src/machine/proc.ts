import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";

/**
 * Readers of Linux's /proc. They are synchronous, take microseconds, and return null or an empty list for a process
 * that is gone.
 */

const PAGE_BYTES = 4096;
const buffer = Buffer.alloc(256);
const page = Buffer.alloc(PAGE_BYTES);

/** The resident set of one process, in bytes. */
export function residentBytes(pid: number): number | null {
  const resident = openResident(pid);
  const bytes = resident.read();
  resident.close();
  return bytes;
}

/**
 * Opens a process for repeated reading of its resident set. The open file keeps naming this process, even if its pid is
 * reused.
 */
export function openResident(pid: number) {
  let fd: number | null = null;
  try {
    fd = openSync(`/proc/${pid}/statm`, "r");
  } catch {
    // the process is gone
  }
  return {
    read(): number | null {
      if (fd === null) return null;
      try {
        const pages = secondNumber(readSync(fd, buffer, 0, buffer.length, 0));
        return pages > 0 ? pages * PAGE_BYTES : null;
      } catch {
        return null; // the process is gone (ESRCH)
      }
    },
    close(): void {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

const [SPACE, ZERO] = [" ".charCodeAt(0), "0".charCodeAt(0)];

/** Parses the second number in the buffer; 0 if there is none. Done without strings, since it runs every 25 ms. */
function secondNumber(length: number): number {
  let number = 0;
  for (let i = buffer.indexOf(SPACE) + 1; i > 0 && i < length; i++) {
    const digit = buffer[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}

/** The largest resident set since the start of the process or since `resetPeak`, in bytes. */
export function peakBytes(pid: number): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) * 1024 : null;
  } catch {
    return null;
  }
}

/** Resets the peak of this process to its current resident set. False if the kernel refuses. */
export function resetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return true;
  } catch {
    return false;
  }
}

/**
 * Opens a process for repeated listing of its living descendants. Any of its threads may have forked, so the list of
 * children of every thread is read; those files stay open.
 */
export function openDescendants(pid: number) {
  const lists = new Map<string, number>(); // thread -> open file of its children

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
      return []; // the thread is gone
    }
  }

  return {
    read(): number[] {
      try {
        return children().flatMap((child) => [child, ...descendants(child)]);
      } catch {
        return []; // the process is gone
      }
    },
    /** The number of files that this reader keeps open. */
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
  const opened = openDescendants(pid);
  const found = opened.read();
  opened.close();
  return found;
}

/** Reads an open file of /proc from its beginning. */
function readWhole(fd: number): string {
  let text = "";
  for (;;) {
    const length = readSync(fd, page, 0, page.length, text.length);
    text += page.toString("latin1", 0, length);
    if (length < page.length) return text;
  }
}

/** The number of files that this process has open; null where the system does not tell. */
export function openFiles(): number | null {
  try {
    // Linux 6.2 and later give the count as the size of the folder; on older kernels the files are listed.
    return statSync("/proc/self/fd").size || readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** The pids of all processes; empty without /proc. */
export function processes(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
