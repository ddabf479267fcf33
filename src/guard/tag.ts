import { readdirSync, readFileSync } from "node:fs";
import { startTicks } from "./proc.ts";

/**
 * Every host carries a mark in its environment, and whatever a trial starts inherits it: so a process that has left
 * its group (`setsid`) is found all the same. One that was started with an empty environment is not. Linux only.
 */

/** The environment variable of the mark: `<pid of the coordinator>:<its start>:<number of the host>`. */
export const TAG_VARIABLE = "BELAY_HOST";

/** What all hosts of one coordinator share. */
export function coordinatorTag(pid = process.pid): string {
  return `${pid}:${startTicks(pid) ?? 0}:`;
}

/** Kills every process whose mark begins so, except `spare`. Returns how many there were. */
export function killTagged(prefix: string, spare = process.pid): number {
  return killWhere((tag) => tag.startsWith(prefix), spare);
}

/** Kills what coordinators that are no more have left behind: a host that was stopped could not end itself. */
export function killOrphans(): number {
  return killWhere((tag) => {
    const [pid, start] = tag.split(":").map(Number);
    return pid !== undefined && startTicks(pid) !== start;
  }, process.pid);
}

function killWhere(matches: (tag: string) => boolean, spare: number): number {
  let killed = 0;
  for (const [pid, tag] of taggedProcesses()) {
    if (pid === spare || !matches(tag)) continue;
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // gone already
    }
  }
  return killed;
}

/** Every process with a mark that this user may look at. */
function taggedProcesses(): Map<number, string> {
  const found = new Map<number, string>();
  let names: string[] = [];
  try {
    names = readdirSync("/proc");
  } catch {
    return found; // no Linux
  }
  for (const name of names) {
    const pid = Number(name);
    const tag = pid > 0 ? tagOf(pid) : null;
    if (tag) found.set(pid, tag);
  }
  return found;
}

const MARK = `\0${TAG_VARIABLE}=`;

function tagOf(pid: number): string | null {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`;
    const at = environment.indexOf(MARK);
    if (at < 0) return null;
    const end = environment.indexOf("\0", at + MARK.length);
    return environment.slice(at + MARK.length, end < 0 ? undefined : end);
  } catch {
    return null; // another user's, or gone
  }
}
