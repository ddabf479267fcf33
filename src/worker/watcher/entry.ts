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
 * The watcher: a thread in the coordinator's process, which stays on time while the coordinator is busy. It guards the
 * machine's memory reserve, and kills hosts that have failed to end a trial at its limits themselves.
 */

const WATCH_MS = 100;
const REPORT_MS = 500;
/** The time that a host has in addition to deadline, acknowledgement and grace, when its own ladder should be over. */
const LATE_MS = 350;
/** How long a host may exceed its memory limit until it counts as failed; it normally kills itself within 50 ms. */
const OVER_LIMIT_MS = 300;
/**
 * The age up to which the memory in a beacon counts; unlike the watcher's own reading, it includes the host's daemons.
 */
const FRESH_MS = 200;

interface Host extends WatchedHost {
  readonly since: number;
  overSince: number | null;
  rssBytes: number;
  isKilled: boolean;
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
    hosts.set(slot, { ...message.host, since: monotonicMs(), overSince: null, rssBytes: 0, isKilled: false });
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

/** Reads the clock, and records whether this process was paused, before anything is judged by the time. */
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
  const reportedBytes = beacon && now - beacon.at < FRESH_MS ? beacon.rssBytes : 0;
  host.rssBytes = Math.max((await meter.read(host.pid))?.rssBytes ?? 0, reportedBytes);
  if (!beacon || host.isKilled) return;
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

/** The outcome of a trial that its host should have ended by now; null if there is time left. */
function overdue({ limits, since }: Host, beacon: Beacon, now: number): Outcome | null {
  const clocks = [{ reason: BEACON_REASONS[beacon.reason], limitMs: beacon.limitMs, at: beacon.deadlineAt }];
  if (limits) clocks.push(silenceDeadline(limits, Math.max(beacon.at, since)));
  for (const { reason, limitMs, at: setFor } of clocks) {
    // A host that was paused together with this process adds the pause to its deadlines, which its next beacon shows.
    const at = setFor + pauses.since(beacon.at);
    if (now <= at + ACKNOWLEDGE_MS + graceMs + LATE_MS) continue;
    const elapsedMs = Math.round(now - at + limitMs);
    const detail = { rung: "sigkill", limitMs, elapsedMs, during: duringSplit(beacon.split), by: "watcher" };
    if (reason === "setup-timeout") return { state: "fail", reason: "setup", detail, error: null };
    return { state: "pruned", reason: reason === "trial-timeout" ? reason : "split-timeout", detail };
  }
  return null;
}

/** The deadline of a host that has stopped writing its beacon, which may have begun a split right afterwards. */
function silenceDeadline({ splitTimeoutMs, trialTimeoutMs }: WatchedLimits, at: number) {
  const split = splitTimeoutMs ?? Number.POSITIVE_INFINITY;
  const trial = trialTimeoutMs ?? Number.POSITIVE_INFINITY;
  return split <= trial
    ? ({ reason: "split-timeout", limitMs: split, at: at + split } as const)
    : ({ reason: "trial-timeout", limitMs: trial, at: at + trial } as const);
}

function watchMachine(now: number): void {
  const { availableBytes, totalBytes } = machineMemory();
  const holders = [...hosts.values()].filter(({ limits, isKilled }) => limits && !isKilled);
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

/** Kills a host, after the reason is sent. */
function kill(host: Host, outcome: Outcome): void {
  host.isKilled = true;
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
    gpuBytes: gpuByPid?.get(pid) ?? null, // in a container nvidia-smi may report other pids
  }));
  send({ kind: "readings", availableBytes: machineMemory().availableBytes, readings });
}
