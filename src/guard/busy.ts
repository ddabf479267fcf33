import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";

/** What works in this process, and what has started on this machine, read from Linux's /proc; elsewhere nothing is known. */

const buffer = Buffer.alloc(512);

/** How many threads of this process, but for its main one, run at this moment or wait for a processor. */
export function runningThreads(): number {
  let running = 0;
  try {
    for (const thread of readdirSync("/proc/self/task")) {
      if (Number(thread) !== process.pid && stateOf(thread) === "R") running++;
    }
  } catch {
    // no Linux
  }
  return running;
}

function stateOf(thread: string): string | undefined {
  try {
    const file = openSync(`/proc/self/task/${thread}/stat`, "r");
    const length = readSync(file, buffer, 0, buffer.length, 0);
    closeSync(file);
    const text = buffer.toString("latin1", 0, length);
    return text[text.lastIndexOf(")") + 2];
  } catch {
    return undefined; // it has ended
  }
}

/** The newest process or thread of this machine: as long as it stays, none has started. Null where it is not known. */
export function newestPid(): number | null {
  try {
    const pid = Number(readFileSync("/proc/loadavg", "latin1").trim().split(" ").at(-1));
    return Number.isInteger(pid) ? pid : null;
  } catch {
    return null;
  }
}
