import { readFileSync, writeFileSync } from "node:fs";
import { tagOf } from "./orphans.ts";
import { processes } from "./proc.ts";
import { killProcess, startTicks } from "./process.ts";

/**
 * What identifies the processes that a host has started, also those that have left its process group. The tag in the
 * environment is lost if a process is started with an empty environment, or overwrites it with its title, as some
 * servers do. Then two numbers that the kernel keeps, and that children inherit, stand in for it: the score by which it
 * chooses what to kill when memory runs out, and the filter of core dumps.
 */
export interface HostMark {
  readonly tag: string;
  /** When the host started, in ticks since boot: it cannot have started an older process. */
  readonly since: number;
}

/**
 * Kernel scores go up to 1000. Most programs keep 0, and those that set a high one use a round number, so 801 to 999
 * are free.
 */
const FIRST_SCORE = 801;
const SCORES = 199;
/** The bit of the filter that adds private DAX pages to a core dump: unused by other programs, and harmless. */
const CORE_DUMP_BIT = 0x80;
/** A pass misses processes that start while it runs; the next one finds them. */
const MOST_PASSES = 4;

/** The score of a host. Hosts that run at the same time rarely share one. */
function scoreOf({ tag }: HostMark): number {
  const [pid, , host] = tag.split(":").map(Number.parseFloat);
  return FIRST_SCORE + (((pid ?? 0) * 31 + (host ?? 0)) % SCORES);
}

/**
 * Gives a host its score, from the coordinator. The high score also makes the kernel kill the trial first if memory
 * runs out.
 */
export function offerToKernel(mark: HostMark, pid: number): void {
  tryWrite(`/proc/${pid}/oom_score_adj`, String(scoreOf(mark)));
}

/** Sets the filter of this process, a host, before it starts anything. */
export function markCoreDump(): void {
  const filter = readNumber("/proc/self/coredump_filter", 16);
  if (filter !== null) tryWrite("/proc/self/coredump_filter", `0x${(filter | CORE_DUMP_BIT).toString(16)}`);
}

/** Whether a process is the host, or was started by it or by its descendants. */
export function belongsTo(mark: HostMark, pid: number): boolean {
  const tag = tagOf(pid);
  if (tag !== null) return tag === mark.tag;
  if (readNumber(`/proc/${pid}/oom_score_adj`, 10) !== scoreOf(mark)) return false;
  const filter = readNumber(`/proc/${pid}/coredump_filter`, 16) ?? 0;
  return (filter & CORE_DUMP_BIT) !== 0 && (startTicks(pid) ?? 0) >= mark.since;
}

/** Kills every process of a host, except `spare`. */
export function killMarked(mark: HostMark, spare = process.pid): void {
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const found = processes().filter((pid) => pid !== spare && belongsTo(mark, pid));
    if (found.length === 0) return;
    for (const pid of found) killProcess(pid);
  }
}

function readNumber(file: string, base: number): number | null {
  try {
    const value = Number.parseInt(readFileSync(file, "utf8"), base);
    return Number.isNaN(value) ? null : value;
  } catch {
    return null; // the process is gone, or this is not Linux
  }
}

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // the process is gone, the write is not allowed, or this is not Linux
  }
}
