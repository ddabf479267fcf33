import { readFileSync } from "node:fs";

/** Processes of this machine: whether one is alive, when it started, and how to kill it. */

/** Whether a process exists, also one of another user, to which signals may not be sent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Sends SIGKILL to one process; does nothing if it is gone already. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: the process is gone; EPERM: it belongs to another user
  }
}

/** Sends SIGKILL to a process and its whole group; on Windows, which has no groups, to the process alone. */
export function killGroup(leader: number): void {
  killProcess(process.platform === "win32" ? leader : -leader);
}

/** The fields of /proc/PID/stat (Linux) that Belay uses. */
export interface ProcessStat {
  /** One letter: R runs, S sleeps, Z has ended and was not waited for yet (zombie), X is dead. */
  readonly state: string;
  /** Processor time of the process and of its children that have ended, in ticks. */
  readonly cpuTicks: number;
  /** When the process started, in ticks since boot; together with the pid it identifies a process. */
  readonly startTicks: string;
}

/**
 * Indices of the fields after the name. The manual (proc_pid_stat) counts from 1 and includes pid and name: state is 3
 * there.
 */
const STATE = 0;
const CMINFLT = 8;
const CMAJFLT = 10;
const UTIME = 11;
const CSTIME = 14;
const STARTTIME = 19;

/** Parses a line of /proc/PID/stat. The name in it is in brackets, and may contain spaces and brackets itself. */
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
 * Parses the number of page faults of a process's children that have ended and were waited for, and of theirs. Every
 * program causes some, so the number grows with each child that ends.
 */
export function childFaults(line: string): number {
  const fields = fieldsOf(line);
  return Number(fields[CMINFLT]) + Number(fields[CMAJFLT]);
}

function fieldsOf(line: string): string[] {
  return line.slice(line.lastIndexOf(")") + 2).split(" ");
}

/** Reads /proc/PID/stat; null if the process is gone or the system is not Linux. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** When a process started, in ticks since boot; null if it is gone or the system is not Linux. */
export function startTicks(pid: number): number | null {
  const stat = readStat(pid);
  return stat === null ? null : Number(stat.startTicks);
}
