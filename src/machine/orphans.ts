import { readFileSync } from "node:fs";
import { processes } from "./proc.ts";
import { isAlive, killProcess, startTicks } from "./process.ts";

/**
 * The tag that every host has in its environment. What a trial starts inherits it, so a process is found even after it
 * has left the host's process group (`setsid`). Linux only.
 */

/**
 * The environment variable of the tag. Its value is `<pid of the coordinator>:<its start time>:<number of the host>;`.
 */
export const TAG_VARIABLE = "BELAY_HOST";

/** The beginning of the tag that all hosts of one coordinator share. */
export function coordinatorTag(pid = process.pid): string {
  return `${pid}:${startTicks(pid) ?? 0}:`;
}

/** Kills the hosts of dead coordinators and what they have started: a host under SIGSTOP cannot end itself. */
export function killOrphans(): void {
  for (const pid of processes()) {
    const tag = pid === process.pid ? null : tagOf(pid);
    const [owner, start] = tag?.split(":").map(Number) ?? [];
    if (owner !== undefined && !isOwnerAlive(owner, start ?? 0)) killProcess(pid);
  }
}

/** Whether a coordinator lives. One whose start time cannot be read, then or now, does: files may be scarce here or there. */
function isOwnerAlive(pid: number, start: number): boolean {
  return isAlive(pid) && (start === 0 || (startTicks(pid) ?? start) === start);
}

const MARK = `\0${TAG_VARIABLE}=`;

/** Reads the tag in the environment of a process; null if it has none, or may not be read. */
export function tagOf(pid: number): string | null {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
    const at = environment.indexOf(MARK);
    if (at < 0) return null;
    const end = environment.indexOf("\0", at + MARK.length);
    return environment.slice(at + MARK.length, end < 0 ? undefined : end);
  } catch {
    return null; // it is another user's, or gone
  }
}
