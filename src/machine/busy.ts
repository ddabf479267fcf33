import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { childFaults } from "./process.ts";

/**
 * What works in this process, and what has started on this machine, read from Linux's /proc; elsewhere nothing is known.
 * Files that are read after every trial stay open: to open one takes ten times as long as to read it.
 */

const buffer = Buffer.alloc(512);
const BRACKET = ")".charCodeAt(0);

/** Looks again and again at the threads of this process, its main one left out. */
export function openThreads() {
  const states = new Map<string, number>(); // by thread
  return {
    /** How many run at this moment or wait for a processor. */
    running(): number {
      let threads: string[] = [];
      try {
        threads = readdirSync("/proc/self/task");
      } catch {
        return 0; // no Linux
      }
      if (states.size >= threads.length) closeEnded(states, new Set(threads));
      return threads.filter((thread) => Number(thread) !== process.pid && stateOf(states, thread) === "R")
        .length;
    },
    /** How many files it keeps open. */
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
    // The name before the state ends with the last bracket; of the rest of the line nothing is needed.
    return String.fromCharCode(buffer[buffer.lastIndexOf(BRACKET, length - 1) + 2] ?? 0);
  } catch {
    return undefined; // it has ended
  }
}

/** Tells the newest process or thread of this machine: as long as it stays, none has started. Null where it is not known. */
export function openNewestPid(): () => number | null {
  const read = openLine("/proc/loadavg");
  return () => {
    const pid = Number(read()?.trim().split(" ").at(-1) ?? Number.NaN);
    return Number.isInteger(pid) ? pid : null;
  };
}

/**
 * Tells by a number whether children of this process have ended: as long as it stays, and none lives, none has started. Null
 * where it is not known.
 */
export function openEndedChildren(): () => number | null {
  const read = openLine("/proc/self/stat");
  return () => {
    const line = read();
    return line === null ? null : childFaults(line);
  };
}

/** Reads a file of one line again and again; null where there is none. */
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
