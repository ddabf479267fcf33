import { parentPort, workerData } from "node:worker_threads";
import type { Outcome } from "../../core/trial.ts";
import { memoryAlert, memoryBrake } from "../../guard/reserve.ts";
import { gpuMeter } from "../../machine/gpu.ts";
import { machineMemory } from "../../machine/memory.ts";
import { machineMeter } from "../../machine/meter.ts";
import { pauseWatch } from "../../machine/pauses.ts";
import { killGroup } from "../../machine/process.ts";
import { BEACON_REASONS, type Beacon, monotonicMs, readBeacon } from "../beacon.ts";
import { ACKNOWLEDGE_MS } from "../host/ladder.ts";
import { duringSplit } from "../verdict.ts";
import type { FromWatcher, ToWatcher, WatchedHost, WatchedLimits, WatcherBoot } from "./protocol.ts";

/**
 * The second line of defence, a thread on the coordinator's side: it is never late because the coordinator is busy.
 * It owns the machine's reserve, and SIGKILL for a host whose own watch has failed.
 */

const WATCH_MS = 100;
const REPORT_MS = 500;
/** A host's own ladder must have ended by its deadline + the time for an acknowledgement + grace; this much later it has failed. */
const LATE_MS = 350;
/** A host kills itself at its limit within some 50 ms; when it is over for this long, it has failed. */
const OVER_LIMIT_MS = 300;

/** What a host has told of its memory so lately counts: it knows its daemons. */
const FRESH_MS = 200;

interface Host extends WatchedHost {
  readonly since: number;
  overSince: number | null;
  rssBytes: number;
  doomed: boolean;
}

const { graceMs, gpu, ...boot } = workerData as WatcherBoot;
let { reserveBytes } = boot;
const meter = machineMeter();
const gpuBytes = gpu ? gpuMeter() : null;
let brake = memoryBrake(reserveBytes);
const alert = memoryAlert();
const hosts = new Map<number, Host>();
const pauses = pauseWatch();
const send = (message: FromWatcher): void => parentPort?.postMessage(message);
let reportedAt = 0;
let wasBraking = false;

parentPort?.on("message", (message: ToWatcher) => {
  if (message.kind === "watch") {
    const { slot } = message.host;
    forget(slot, message.host.pid);
    hosts.set(slot, { ...message.host, since: monotonicMs(), overSince: null, rssBytes: 0, doomed: false });
  } else if (message.kind === "unwatch") {
    forget(message.slot, null);
    hosts.delete(message.slot);
  } else if (message.kind === "reserve") {
    reserveBytes = message.bytes;
    brake = memoryBrake(reserveBytes);
  } else void tick().finally(() => send({ kind: "pong", id: message.id }));
});
const ticking = setInterval(() => void tick(), WATCH_MS);
parentPort?.on("close", () => clearInterval(ticking));

function forget(slot: number, unless: number | null): void {
  const known = hosts.get(slot);
  if (known && known.pid !== unless) meter.forget(known.pid);
}

/** Nothing is judged by the clock before it is known whether this process has stood still. */
function clockNow(): number {
  const now = monotonicMs();
  pauses.look(now);
  return now;
}

let busy = false;
async function tick(): Promise<void> {
  clockNow();
  if (busy) return;
  busy = true;
  try {
    for (const host of hosts.values()) await look(host, clockNow());
    watchMachine(monotonicMs());
    if (monotonicMs() - reportedAt >= REPORT_MS) await report();
  } finally {
    busy = false;
  }
}

async function look(host: Host, now: number): Promise<void> {
  const beacon = readBeacon(host.beacon);
  const told = beacon && now - beacon.at < FRESH_MS ? beacon.rssBytes : 0;
  host.rssBytes = Math.max((await meter.read(host.pid))?.rssBytes ?? 0, told);
  if (!beacon || host.doomed) return;
  const late = overdue(host, beacon, now);
  if (late) return kill(host, late);
  const { limits } = host;
  const limitBytes = limits?.memoryBytes ?? null;
  const isOver = limitBytes !== null && host.rssBytes > limitBytes;
  host.overSince = isOver ? (host.overSince ?? now) : null;
  if (host.overSince === null || now - host.overSince < OVER_LIMIT_MS) return;
  const detail = {
    rung: "sigkill",
    limitBytes,
    seenBytes: host.rssBytes,
    during: duringSplit(beacon.split),
    by: "watcher",
  };
  kill(host, { state: "pruned", reason: "memory-limit", detail });
}

/** How a trial ends whose host must have ended it by now; null while there is time. */
function overdue({ limits, since }: Host, beacon: Beacon, now: number): Outcome | null {
  const clocks = [{ reason: BEACON_REASONS[beacon.reason], limitMs: beacon.limitMs, at: beacon.deadlineAt }];
  if (limits) clocks.push(silent(limits, Math.max(beacon.at, since)));
  for (const { reason, limitMs, at: setFor } of clocks) {
    // A host that has stood still as this process has takes that off its clocks, and tells so by its next beacon.
    const at = setFor + pauses.since(beacon.at);
    if (now <= at + ACKNOWLEDGE_MS + graceMs + LATE_MS) continue;
    const elapsedMs = Math.round(now - at + limitMs);
    const detail = { rung: "sigkill", limitMs, elapsedMs, during: duringSplit(beacon.split), by: "watcher" };
    if (reason === "setup-timeout") return { state: "fail", reason: "setup", detail, error: null };
    return { state: "pruned", reason: reason === "trial-timeout" ? reason : "split-timeout", detail };
  }
  return null;
}

/** A host that has stopped writing its beacon may have begun a split right afterwards. */
function silent({ splitTimeoutMs, trialTimeoutMs }: WatchedLimits, at: number) {
  const split = splitTimeoutMs ?? Number.POSITIVE_INFINITY;
  const trial = trialTimeoutMs ?? Number.POSITIVE_INFINITY;
  return split <= trial
    ? ({ reason: "split-timeout", limitMs: split, at: at + split } as const)
    : ({ reason: "trial-timeout", limitMs: trial, at: at + trial } as const);
}

function watchMachine(now: number): void {
  const { availableBytes, totalBytes } = machineMemory();
  const holders = [...hosts.values()].filter(({ limits, doomed }) => limits && !doomed);
  const largest = brake.step(availableBytes, holders, now);
  if (largest) {
    const detail = { reserveBytes, availableBytes, rssBytes: largest.rssBytes, by: "watcher" };
    kill(hosts.get(largest.slot)!, { state: "pruned", reason: "memory-reserve", detail });
  }
  if (brake.braking !== wasBraking) {
    wasBraking = brake.braking;
    send({ kind: "brake", on: wasBraking, availableBytes, reserveBytes });
  }
  if (alert.step(availableBytes, totalBytes)) send({ kind: "alert", availableBytes, totalBytes });
}

/** The reason goes ahead of the signal. */
function kill(host: Host, outcome: Outcome): void {
  host.doomed = true;
  send({ kind: "kill", pid: host.pid, rssBytes: host.rssBytes, outcome });
  killGroup(host.pid);
}

async function report(): Promise<void> {
  reportedAt = monotonicMs();
  const gpuByPid = await gpuBytes?.read();
  const readings = [...hosts.values()].map(({ slot, pid, rssBytes }) => ({
    slot,
    pid,
    rssBytes,
    gpuBytes: gpuByPid?.get(pid) ?? null, // in a container nvidia-smi may not know our pids
  }));
  send({ kind: "readings", availableBytes: machineMemory().availableBytes, readings });
}
