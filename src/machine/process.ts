import { readFileSync } from "node:fs";

/** The processes of this machine: whether one lives, since when, and how to end one. */

/** Whether a process exists. One that belongs to another user exists, although it may not be signalled. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Sends SIGKILL to one process; one that is gone already is fine. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: gone; EPERM: not ours to kill
  }
}

/** Sends SIGKILL to a process and its whole group. Windows has no groups: there it is the process alone. */
export function killGroup(leader: number): void {
  killProcess(process.platform === "win32" ? leader : -leader);
}

/** The fields of /proc/PID/stat that are used (Linux). */
export interface ProcessStat {
  /** One letter: R runs, S sleeps, Z is dead and not yet waited for, X is dead. */
  readonly state: string;
  /** Processor time of the process and of its children that have ended, in ticks. */
  readonly cpuTicks: number;
  /** When the process started, in ticks since boot: with its pid it names one process for good. */
  readonly startTicks: string;
}

/** Places of the fields after the name, which is the second one: the manual counts them from 1, state being the third. */
const STATE = 0;
const CMINFLT = 8;
const CMAJFLT = 10;
const UTIME = 11;
const CSTIME = 14;
const STARTTIME = 19;

/** Reads a line of /proc/PID/stat. The name in it stands in brackets, and may hold spaces and brackets itself. */
export function parseStat(line: string): ProcessStat {
  const fields = fieldsOf(line);
  const times = fields.slice(UTIME, CSTIME + 1);
  return {
    state: fields[STATE] ?? "",
    cpuTicks: times.reduce((sum, field) => sum + Number(field), 0),
    startTicks: fields[STARTTIME] ?? "",
  };
}

/**
 * How many pages the children of a process had to be given that it has waited for, and theirs: no program runs without asking
 * for some.
 */
export function childFaults(line: string): number {
  const fields = fieldsOf(line);
  return Number(fields[CMINFLT]) + Number(fields[CMAJFLT]);
}

function fieldsOf(line: string): string[] {
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
}

/** Reads /proc/PID/stat; null when the process is gone or the system is not Linux. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** When a process started, in ticks since boot; null for one that is gone, and where that is not told. */
export function startTicks(pid: number): number | null {
  const stat = readStat(pid);
  return stat === null ? null : Number(stat.startTicks);
}
