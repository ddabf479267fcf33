import { readdirSync, readFileSync } from "node:fs";
import type { Rng } from "../../../src/core/rng.ts";

/** The run that a fault hits. */
interface Target {
  /** The coordinator that owns the study. */
  readonly pid: number;
  /** Name of the study, which all processes of the run have in their command line or title. */
  readonly name: string;
  /** The pids of all coordinators, also of those that do not own the study. */
  readonly coordinators: readonly number[];
}

interface Fault {
  /** Whether the fault ends the coordinator. */
  readonly ends: boolean;
  /** Causes the fault. @returns false if there was no process to hit. */
  inject(target: Target, chance: Rng): boolean;
}

/** The faults of a run; each comes while a trial is running. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "coordinator: SIGKILL": { ends: true, inject: ({ pid }) => process.kill(pid, "SIGKILL") },
  "coordinator: SIGTERM": { ends: true, inject: ({ pid }) => process.kill(pid, "SIGTERM") },
  "coordinator: SIGINT": { ends: true, inject: ({ pid }) => process.kill(pid, "SIGINT") },
  "coordinator: SIGSTOP, SIGCONT": { ends: false, inject: ({ pid }, chance) => pause(pid, chance) },
  "host: SIGKILL": { ends: false, inject: (run, chance) => signalHost(run, chance, "SIGKILL") },
  "host: SIGTERM": { ends: false, inject: (run, chance) => signalHost(run, chance, "SIGTERM") },
  "host: SIGSTOP, SIGCONT": { ends: false, inject: (run, chance) => pauseHost(run, chance) },
};

/** Faults that must have come at least once in a campaign. */
export const REAL_FAULTS: readonly string[] = [...Object.keys(FAULTS), "two coordinators at once"];

function pause(pid: number, chance: Rng): boolean {
  process.kill(pid, "SIGSTOP");
  setTimeout(() => tryKill(pid, "SIGCONT"), 100 + chance.int(600));
  return true;
}

function signalHost({ name, coordinators }: Target, chance: Rng, signal: NodeJS.Signals): boolean {
  const hosts = processesOf(name).filter((pid) => !coordinators.includes(pid));
  return hosts.length > 0 && tryKill(hosts[chance.int(hosts.length)]!, signal);
}

function pauseHost({ name, coordinators }: Target, chance: Rng): boolean {
  const hosts = processesOf(name).filter((pid) => !coordinators.includes(pid));
  return hosts.length > 0 && pause(hosts[chance.int(hosts.length)]!, chance);
}

export function tryKill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Living processes with the study's name in their command line or title, coordinators included. */
export function processesOf(name: string): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)![0];
        return state !== "Z" && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(name);
      } catch {
        return false;
      }
    });
}
