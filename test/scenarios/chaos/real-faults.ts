import { readdirSync, readFileSync } from "node:fs";
import type { Rng } from "../../../src/core/rng.ts";

/** The run that is struck. */
interface Target {
  /** The coordinator that owns the study. */
  readonly pid: number;
  /** The study: all processes of the run have it in their command line or title. */
  readonly name: string;
  /** Coordinators, also those that do not own the study. */
  readonly coordinators: readonly number[];
}

interface Fault {
  /** The coordinator ends by it. */
  readonly ends: boolean;
  /** @returns false when there was nothing to strike. */
  strike(target: Target, chance: Rng): boolean;
}

/** What is done to a run, each while a trial is in flight. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "coordinator: SIGKILL": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGKILL") },
  "coordinator: SIGTERM": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGTERM") },
  "coordinator: SIGINT": { ends: true, strike: ({ pid }) => process.kill(pid, "SIGINT") },
  "coordinator: SIGSTOP, SIGCONT": { ends: false, strike: ({ pid }, chance) => pause(pid, chance) },
  "host: SIGKILL": { ends: false, strike: (run, chance) => strikeHost(run, chance, "SIGKILL") },
  "host: SIGTERM": { ends: false, strike: (run, chance) => strikeHost(run, chance, "SIGTERM") },
  "host: SIGSTOP, SIGCONT": { ends: false, strike: (run, chance) => pauseHost(run, chance) },
};

/** What must have come at least once in a campaign. */
export const REAL_FAULTS: readonly string[] = [...Object.keys(FAULTS), "two coordinators at once"];

function pause(pid: number, chance: Rng): boolean {
  process.kill(pid, "SIGSTOP");
  setTimeout(() => tryKill(pid, "SIGCONT"), 100 + chance.int(600));
  return true;
}

function strikeHost({ name, coordinators }: Target, chance: Rng, signal: NodeJS.Signals): boolean {
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

/** Processes that live and have the study's name in their command line or title; its coordinators among them. */
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
