import { readFileSync, readlinkSync } from "node:fs";
import { hostname, uptime } from "node:os";
import { isAlive, readStat } from "./process.ts";

/** Names the process that owns a study, such that a reused pid, a reboot or another machine is not mistaken for it. */
export interface Identity {
  readonly pid: number;
  /** When the process started, in clock ticks since boot; null where the system does not tell. */
  readonly processStart: string | null;
  /** Changes with every boot of the machine. */
  readonly bootId: string;
  /** The pid namespace: pids of a container mean nothing outside it. Null on a system without namespaces. */
  readonly namespace: string | null;
  readonly hostname: string;
}

/** `unknown`: the process belongs to another machine or container, whose pids cannot be looked up here. */
export type Liveness = "alive" | "dead" | "unknown";

/** The identity of this process. */
export function currentIdentity(): Identity {
  return {
    pid: process.pid,
    processStart: readStat(process.pid)?.startTicks ?? null,
    bootId: currentBootId(),
    namespace: pidNamespace(),
    hostname: hostname(),
  };
}

/** Whether the process of an identity still runs. A zombie counts as dead, since it will never write again. */
export function liveness(owner: Identity): Liveness {
  if (!sameBoot(owner.bootId, currentBootId())) return owner.hostname === hostname() ? "dead" : "unknown";
  if (owner.namespace !== pidNamespace()) return "unknown";
  if (!isAlive(owner.pid)) return "dead";
  const stat = readStat(owner.pid);
  if (stat === null) return "alive";
  if (stat.state === "Z" || stat.state === "X") return "dead";
  return owner.processStart === null || owner.processStart === stat.startTicks ? "alive" : "dead";
}

const UPTIME_PREFIX = "up-since-";

/**
 * Whether two boot ids name the same boot. Ids made from the uptime may differ by up to two minutes, as the clock
 * drifts.
 */
export function sameBoot(a: string, b: string): boolean {
  if (!a.startsWith(UPTIME_PREFIX) || !b.startsWith(UPTIME_PREFIX)) return a === b;
  return Math.abs(Number(a.slice(UPTIME_PREFIX.length)) - Number(b.slice(UPTIME_PREFIX.length))) < 120;
}

function currentBootId(): string {
  return (
    tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ??
    `${UPTIME_PREFIX}${Math.round(Date.now() / 1000 - uptime())}`
  );
}

function pidNamespace(): string | null {
  return tryRead(() => readlinkSync("/proc/self/ns/pid"));
}

function tryRead(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
