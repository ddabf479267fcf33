import { parentPort, workerData } from "node:worker_threads";
import type { Outcome } from "../core/trial.ts";
import { machineMemory } from "../guard/machine.ts";
import { cpuPercent, machineMeter } from "../guard/meter.ts";
import { memoryBrake } from "../guard/reserve.ts";
import { BEACON_REASONS, monotonicMs, readBeacon } from "./beacon.ts";
import type { FromWatcher, ToWatcher, WatchedHost, WatcherBoot } from "./watcher.ts";

/**
 * The second line of defence, a thread on the coordinator's side: it is never late because the coordinator is busy.
 * It owns the machine's reserve, and SIGKILL for a host whose own watch has failed.
 */

const WATCH_MS = 100;
const REPORT_MS = 500;
/** A host's own ladder must have ended by its deadline + 100 ms + grace; this much later it has failed. */
const LATE_MS = 350;
/** A host kills itself at its limit within some 50 ms; when it is over for this long, it has failed. */
const OVER_LIMIT_MS = 300;

const { graceMs, ...boot } = workerData as WatcherBoot;
let { reserveBytes } = boot;
const meter = machineMeter();
let brake = memoryBrake(reserveBytes);
const hosts = new Map<
  number,
  WatchedHost & { overSince: number | null; rssBytes: number; doomed: boolean }
>();
const send = (message: FromWatcher): void => parentPort?.postMessage(message);
let reportedAt = 0;
let wasBraking = false;

parentPort?.on("message", (message: ToWatcher) => {
  if (message.kind === "watch")
    hosts.set(message.host.slot, { ...message.host, overSince: null, rssBytes: 0, doomed: false });
  else if (message.kind === "unwatch") hosts.delete(message.slot);
  else {
    reserveBytes = message.bytes;
    brake = memoryBrake(reserveBytes);
  }
});
const ticking = setInterval(() => void tick(), WATCH_MS);
parentPort?.on("close", () => clearInterval(ticking));

let busy = false;
async function tick(): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    const now = monotonicMs();
    for (const host of hosts.values()) await look(host, now);
    const { availableBytes } = machineMemory();
    const holders = [...hosts.values()].filter(({ running, doomed }) => running && !doomed);
    const largest = brake.step(availableBytes, holders, now);
    if (largest) {
      const detail = { reserveBytes, availableBytes, rssBytes: largest.rssBytes, by: "watcher" };
      kill(hosts.get(largest.slot)!, { state: "pruned", reason: "memory-reserve", detail });
    }
    if (brake.braking !== wasBraking) {
      wasBraking = brake.braking;
      send({ kind: "brake", on: wasBraking, availableBytes, reserveBytes });
    }
    if (now - reportedAt >= REPORT_MS) await report(now, availableBytes);
  } finally {
    busy = false;
  }
}

async function look(
  host: WatchedHost & { overSince: number | null; rssBytes: number; doomed: boolean },
  now: number,
): Promise<void> {
  host.rssBytes = (await meter.read(host.pid))?.rssBytes ?? 0;
  const beacon = readBeacon(host.beacon);
  if (!beacon || host.doomed) return;
  const during = beacon.split < 0 ? "start" : `split ${beacon.split}`;
  if (now > beacon.deadlineAt + 100 + graceMs + LATE_MS) {
    const reason = BEACON_REASONS[beacon.reason] ?? "split-timeout";
    const elapsedMs = Math.round(now - beacon.deadlineAt + beacon.limitMs);
    const detail = { rung: "sigkill", limitMs: beacon.limitMs, elapsedMs, during, by: "watcher" };
    return kill(
      host,
      reason === "setup-timeout"
        ? { state: "fail", reason: "setup", detail, error: null }
        : { state: "pruned", reason, detail },
    );
  }
  const isOver = beacon.memoryBytes > 0 && host.running && host.rssBytes > beacon.memoryBytes;
  host.overSince = isOver ? (host.overSince ?? now) : null;
  if (host.overSince !== null && now - host.overSince >= OVER_LIMIT_MS) {
    const detail = {
      rung: "sigkill",
      limitBytes: beacon.memoryBytes,
      seenBytes: host.rssBytes,
      during,
      by: "watcher",
    };
    kill(host, { state: "pruned", reason: "memory-limit", detail });
  }
}

/** The reason goes ahead of the signal. */
function kill(
  host: { slot: number; pid: number; rssBytes: number; doomed: boolean },
  outcome: Outcome,
): void {
  host.doomed = true;
  send({ kind: "kill", slot: host.slot, pid: host.pid, rssBytes: host.rssBytes, outcome });
  try {
    process.kill(-host.pid, "SIGKILL");
  } catch {
    // gone already
  }
}

async function report(now: number, availableBytes: number): Promise<void> {
  reportedAt = now;
  const loads = await cpuPercent([...hosts.values()].map(({ pid }) => pid));
  const readings = [...hosts.values()].map(({ slot, pid, rssBytes }) => ({
    slot,
    rssBytes,
    cpuPercent: loads.get(pid) ?? null,
  }));
  send({ kind: "readings", availableBytes, readings });
}
