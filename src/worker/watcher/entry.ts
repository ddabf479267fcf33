import { parentPort, workerData } from "node:worker_threads";
import type { Outcome } from "../../core/trial.ts";
import { memoryAlert, memoryBrake } from "../../guard/reserve.ts";
import { gpuMeter } from "../../machine/gpu.ts";
import { machineMemory } from "../../machine/memory.ts";
import { machineMeter } from "../../machine/meter.ts";
import { pauseWatch } from "../../machine/pauses.ts";
import { killGroup } from "../../machine/process.ts";
import { monotonicMs, readBeacon } from "../beacon.ts";
import { duringSplit } from "../verdict.ts";
import { type HostClocks, overdueJudge } from "./overdue.ts";
import type { FromWatcher, ToWatcher, WatchedHost, WatcherBoot } from "./protocol.ts";

/**
 * The watcher: a thread in the coordinator's process, which stays on time while the coordinator is busy. It guards the
 * machine's memory reserve, and kills hosts that have failed to end a trial at its limits themselves.
 */

const WATCH_MS = 100;
const REPORT_MS = 500;
/** How long a host may exceed its memory limit until it counts as failed; it normally kills itself within 50 ms. */
const OVER_LIMIT_MS = 300;
/**
 * The age up to which the memory in a beacon counts; unlike the watcher's own reading, it includes the host's daemons.
 */
const FRESH_MS = 200;

interface Host extends WatchedHost, HostClocks {
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
const pauses = pauseWatch(monotonicMs());
const deadlines = overdueJudge(graceMs, pauses);
const send = (message: FromWatcher): void => parentPort?.postMessage(message);
let reportedAt = 0;
let wasBraking = false;

parentPort?.on("message", (message: ToWatcher) => {
  if (message.kind === "watch") {
    const { slot } = message.host;
    forget(slot, message.host.pid);
    const fresh = { since: monotonicMs(), lateSince: null, overSince: null, rssBytes: 0, isKilled: false };
    hosts.set(slot, { ...message.host, ...fresh });
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

/** Reads the clock, and records whether this process was paused or busy, before anything is judged by the time. */
function clockNow(): number {
  const now = monotonicMs();
  pauses.look(now);
  deadlines.look(now);
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
  const late = deadlines.judge(host, beacon, now);
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

/** GPU memory of a host and of all that it has started; null if none has any, as in a container with pids of its own. */
function gpuBytesOf(host: number, byPid: ReadonlyMap<number, number>): number | null {
  const held = [host, ...meter.descendants(host)].flatMap((pid) => byPid.get(pid) ?? []);
  return held.length === 0 ? null : held.reduce((sum, bytes) => sum + bytes, 0);
}

async function report(): Promise<void> {
  reportedAt = monotonicMs();
  const gpuByPid = await gpuBytes?.read();
  const readings = [...hosts.values()].map(({ slot, pid, rssBytes }) => ({
    slot,
    pid,
    rssBytes,
    gpuBytes: gpuByPid ? gpuBytesOf(pid, gpuByPid) : null,
  }));
  send({ kind: "readings", availableBytes: machineMemory().availableBytes, readings });
}
