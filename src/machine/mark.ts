import { readFileSync, writeFileSync } from "node:fs";
import { tagOf } from "./orphans.ts";
import { processes } from "./proc.ts";
import { killProcess, startTicks } from "./process.ts";

/**
 * By what the processes of one host are known, wherever they have gone. The tag in the environment is lost when a process
 * is started with an empty environment, or writes its title over it, as some servers do. Two numbers that the kernel keeps
 * are inherited as well: how willingly it kills the process, and what it writes into a core dump.
 */
export interface HostMark {
  readonly tag: string;
  /** When the host started, in ticks since boot: what is older is none of its own. */
  readonly since: number;
}

/** The kernel's scores go up to 1000; most programs keep 0, and those that offer themselves take round numbers. */
const FIRST_SCORE = 801;
const SCORES = 199;
/** Whether private pages of files that live in memory are written into a core dump. Nobody else sets it, or misses them. */
const CORE_DUMP_BIT = 0x80;
/** Processes that are started during a pass are found by the next one. */
const MOST_PASSES = 4;

/** The score of a host: hosts that live at the same time have different ones, as a rule. */
function scoreOf({ tag }: HostMark): number {
  const [pid, , host] = tag.split(":").map(Number.parseFloat);
  return FIRST_SCORE + (((pid ?? 0) * 31 + (host ?? 0)) % SCORES);
}

/** The coordinator's part: the host's score. Of all that runs here the kernel should choose the trial when memory runs out. */
export function offerToKernel(mark: HostMark, pid: number): void {
  tryWrite(`/proc/${pid}/oom_score_adj`, String(scoreOf(mark)));
}

/** The host's part, before it starts anything. */
export function markCoreDump(): void {
  const filter = readNumber("/proc/self/coredump_filter", 16);
  if (filter !== null) tryWrite("/proc/self/coredump_filter", `0x${(filter | CORE_DUMP_BIT).toString(16)}`);
}

/** Whether a process is a host's, or was started by one that is. */
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
    return null; // gone, or no Linux
  }
}

function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // gone, not allowed, or no Linux
  }
}
