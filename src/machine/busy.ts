import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { childFaults } from "./process.ts";

/**
 * Whether this process has busy threads, and whether this machine has started processes, read from Linux's /proc. Other
 * systems give no answer. Files that are read after every trial stay open: opening one takes ten times as long as
 * reading it.
 */

const buffer = Buffer.alloc(512);
const BRACKET = ")".charCodeAt(0);

/** Opens the threads of this process, except the main one, for repeated reading. */
export function openThreads() {
  const states = new Map<string, number>(); // by thread
  return {
    /** The number of threads that run or wait for a processor at this moment. */
    running(): number {
      let threads: string[] = [];
      try {
        threads = readdirSync("/proc/self/task");
      } catch {
        return 0; // not Linux
      }
      if (states.size >= threads.length) closeEnded(states, new Set(threads));
      return threads.filter((thread) => Number(thread) !== process.pid && stateOf(states, thread) === "R")
        .length;
    },
    /** The number of files that this reader keeps open. */
    get files(): number {
      return states.size;
    },
  };
}

function closeEnded(states: Map<string, number>, threads: ReadonlySet<string>): void {
  for (const [thread, file] of states) {
    if (threads.has(thread)) continue;
    closeSync(file);
    states.delete(thread);
  }
}

function stateOf(states: Map<string, number>, thread: string): string | undefined {
  try {
    const file = states.get(thread) ?? openSync(`/proc/self/task/${thread}/stat`, "r");
    states.set(thread, file);
    const length = readSync(file, buffer, 0, buffer.length, 0);
    // The state follows the last bracket, which closes the name of the thread.
    return String.fromCharCode(buffer[buffer.lastIndexOf(BRACKET, length - 1) + 2] ?? 0);
  } catch {
    return undefined; // the thread has ended
  }
}

/**
 * Reads the pid of the newest process or thread of this machine. As long as it stays the same, none has started. Null
 * where the system does not tell.
 */
export function openNewestPid(): () => number | null {
  const read = openLine("/proc/loadavg");
  return () => {
    const pid = Number(read()?.trim().split(" ").at(-1) ?? Number.NaN);
    return Number.isInteger(pid) ? pid : null;
  };
}

/**
 * Reads a number that grows whenever a child of this process has ended. As long as it stays the same and no child
 * lives, none has started. Null where the system does not tell.
 */
export function openEndedChildren(): () => number | null {
  const read = openLine("/proc/self/stat");
  return () => {
    const line = read();
    return line === null ? null : childFaults(line);
  };
}

/** Opens a file of one line for repeated reading; null where there is no such file. */
function openLine(name: string): () => string | null {
  let file: number | null = null;
  return () => {
    try {
      file ??= openSync(name, "r");
      return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0));
    } catch {
      return null;
    }
  };
}
