import { readFileSync } from "node:fs";
import { processes } from "./proc.ts";
import { killProcess, startTicks } from "./process.ts";

/**
 * Every host carries a tag in its environment, and whatever a trial starts inherits it: so a process that has left
 * its group (`setsid`) is found all the same. Linux only.
 */

/** The environment variable of the tag: `<pid of the coordinator>:<its start>:<number of the host>;`. */
export const TAG_VARIABLE = "BELAY_HOST";

/** What all hosts of one coordinator share. */
export function coordinatorTag(pid = process.pid): string {
  return `${pid}:${startTicks(pid) ?? 0}:`;
}

/** Kills what coordinators that are no more have left behind: a host that was stopped could not end itself. */
export function killOrphans(): void {
  for (const pid of processes()) {
    const tag = pid === process.pid ? null : tagOf(pid);
    const [owner, start] = tag?.split(":").map(Number) ?? [];
    if (owner !== undefined && startTicks(owner) !== start) killProcess(pid);
  }
}

const MARK = `\0${TAG_VARIABLE}=`;

/** The tag in the environment of a process; null where there is none, or where it may not be read. */
export function tagOf(pid: number): string | null {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
    const at = environment.indexOf(MARK);
    if (at < 0) return null;
    const end = environment.indexOf("\0", at + MARK.length);
    return environment.slice(at + MARK.length, end < 0 ? undefined : end);
  } catch {
    return null; // another user's, or gone
  }
}
