import { join } from "node:path";
import type { Engine, EngineEvent, SlotView, TrialTask } from "../core/engine.ts";
import { BelayError } from "../core/error.ts";
import { rng } from "../core/rng.ts";
import type { Backend } from "../core/study.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";
import { backendEnvironment } from "../tensorflow/environment.ts";
import { type HostClient, type Ready, startHost } from "./host-client.ts";
import type { HostBoot } from "./protocol.ts";
import { type FromWatcher, startWatcher } from "./watcher.ts";

/** When a host is replaced by a fresh process: when it is not clean, after every trial, or after N trials. */
export type Recycle = "clean" | "always" | number;

/** What the local engine needs to know. */
export interface LocalEngineOptions {
  readonly boot: Omit<HostBoot, "beacon">;
  readonly workers: number;
  readonly isolation: "process" | "thread";
  readonly recycle: Recycle;
  readonly reserveBytes: number;
  /** Cores to share out between the slots. */
  readonly cores: number;
  /** A folder of this run, for what the watcher reads. */
  readonly folder: string;
  readonly onOutput: (text: string, number: number | null) => void;
  readonly onBrake: (on: boolean, availableBytes: number) => void;
}

/** The engine, and what its first host told. */
export interface LocalEngine extends Engine {
  /** Makes the first host ready; nothing of the study is recorded before that. */
  open(): Promise<Ready>;
}

interface Slot {
  readonly index: number;
  host: HostClient | null;
  state: SlotView["state"];
  trial: number | null;
  split: number | null;
  splitBeganMs: number | null;
  rssBytes: number | null;
  served: number;
  firstCleanedBytes: number | null;
  /** Varies between slots, so that they do not all start afresh at once. */
  readonly maxServed: number;
}

const MAX_SERVED = 1_000;
const NATIVE: readonly Backend[] = ["gpu", "node"];

/** Slots on this machine: a forked host for each, or the coordinator's own process. */
export function localEngine(options: LocalEngineOptions): LocalEngine {
  const { boot, isolation, workers } = options;
  const environment = backendEnvironment(boot.backend?.backend ?? null, {
    threads: Math.max(1, Math.floor(options.cores / workers)),
  });
  const slots = Array.from(
    { length: workers },
    (_, index): Slot => newSlot(index, boot.seed, options.recycle),
  );
  const watcher =
    isolation === "process"
      ? startWatcher({ reserveBytes: options.reserveBytes, graceMs: boot.graceMs }, hear)
      : null;
  const spareWanted = isolation === "process" && !NATIVE.includes(boot.backend?.backend ?? "cpu");
  const starting = new Set<HostClient>();
  let spare: { host: HostClient; beacon: string } | null = null;
  let expectedSplits: string | null = null;
  let hostCount = 0;
  let capacity = workers;
  let { memoryBytes } = boot;
  let closed = false;

  function hear(message: FromWatcher): void {
    if (message.kind === "brake") options.onBrake(message.on, message.availableBytes);
    else if (message.kind === "kill") {
      const slot = slots[message.slot];
      if (slot?.host?.pid === message.pid) slot.host.blame(message.outcome, message.rssBytes);
    } else {
      for (const { slot, rssBytes } of message.readings) slots[slot]!.rssBytes = rssBytes;
    }
  }

  function newHost(): { host: HostClient; beacon: string } {
    const beacon = join(options.folder, `beacon-${hostCount++}`);
    const host = startHost(
      { ...boot, memoryBytes, beacon: watcher ? beacon : null },
      isolation,
      environment,
      options.onOutput,
    );
    return { host, beacon };
  }

  /** The slot's host with data loaded: the one that it has, the spare, or a new one. */
  async function readyHost(slot: Slot): Promise<HostClient> {
    if (slot.host && !slot.host.dead) return slot.host;
    slot.state = "starting";
    const { host, beacon } = spare && !spare.host.dead ? spare : newHost();
    spare = null;
    starting.add(host);
    slot.host = host;
    slot.served = 0;
    slot.firstCleanedBytes = null;
    watcher?.watch({ slot: slot.index, pid: host.pid, beacon, running: false });
    try {
      const ready = await host.prepare();
      checkSplits(ready);
      hosts.set(host, beacon);
      lastReady = ready;
      return host;
    } catch (error) {
      await drop(slot);
      throw error;
    } finally {
      starting.delete(host);
    }
  }
  const hosts = new WeakMap<HostClient, string>();
  let lastReady: Ready;

  function checkSplits({ splitHash, splitCount }: Ready): void {
    const told = `${splitCount} splits, hash ${splitHash.slice(0, 12)}`;
    expectedSplits ??= told;
    if (told === expectedSplits) return;
    throw new BelayError(
      "setup",
      `splits: expected the same in every host (${expectedSplits}), got ${told}: do \`data\` and \`splits\` depend on time or chance?`,
    );
  }

  async function drop(slot: Slot): Promise<void> {
    const { host } = slot;
    slot.host = null;
    slot.rssBytes = null;
    if (host) await host.close();
    watcher?.unwatch(slot.index);
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = slots.find(({ state }) => state === "free");
    if (!slot) throw new BelayError("internal", "engine: expected a free slot, got none");
    slot.trial = task.number;
    slot.state = "starting";
    try {
      const host = await readyHost(slot).catch((error: unknown) => setupFailure(error));
      if ("failed" in host) {
        yield { kind: "outcome", end: signal.aborted ? { state: "interrupted" } : host.failed };
        yield { kind: "final", memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };
        return;
      }
      slot.state = "running";
      watcher?.watch({ slot: slot.index, pid: host.pid, beacon: hosts.get(host)!, running: true });
      if (spareWanted && !closed) spare ??= newHost();
      for await (const event of host.run(task, slot.index, signal)) {
        follow(slot, event);
        yield event;
      }
      if (!closed && !isClean(slot, host)) await drop(slot);
      else watcher?.watch({ slot: slot.index, pid: host.pid, beacon: hosts.get(host)!, running: false });
    } finally {
      if (!closed && slot.index >= capacity) await drop(slot); // the engine has shrunk meanwhile
      Object.assign(slot, { state: "free", trial: null, split: null, splitBeganMs: null });
    }
  }

  /** Whether the host may serve the next trial: only the end of a process gives all its memory back. */
  function isClean(slot: Slot, host: HostClient): boolean {
    slot.served++;
    if (host.dead || options.recycle === "always") return false;
    if (slot.served >= slot.maxServed) return false;
    const rssBytes = host.memory.rssBytes;
    if (rssBytes === null || typeof options.recycle === "number") return true;
    slot.firstCleanedBytes ??= rssBytes;
    return rssBytes <= slot.firstCleanedBytes + Math.max(64e6, 0.25 * slot.firstCleanedBytes);
  }

  /** A slot that is no longer wanted gives its host's memory back. */
  async function retire(slot: Slot): Promise<void> {
    slot.state = "cleaning";
    await drop(slot);
    slot.state = "free";
  }

  return {
    get capacity() {
      return capacity;
    },
    resize(next) {
      capacity = next;
      while (slots.length < next) slots.push(newSlot(slots.length, boot.seed, options.recycle));
      for (const slot of slots.slice(next)) if (slot.state === "free" && slot.host) void retire(slot);
    },
    limit(number, limits) {
      memoryBytes = limits.memoryBytes; // V8's limit of the hosts that start from now on
      slots.find(({ trial }) => trial === number)?.host?.limit(limits);
    },
    reserve: (bytes) => watcher?.reserve(bytes),
    run,
    async open() {
      await readyHost(slots[0]!);
      slots[0]!.state = "free";
      return lastReady;
    },
    slots: () => slots.filter(({ index, state }) => index < capacity || state !== "free").map(view),
    async close() {
      closed = true;
      const spares = spare ? [spare.host.close()] : [];
      await Promise.all([...slots.map(drop), ...[...starting].map((host) => host.close()), ...spares]);
      await watcher?.stop();
    },
  };
}

function newSlot(index: number, seed: number, recycle: Recycle): Slot {
  const offset = rng(seed, index, "recycle").int(100);
  const maxServed = typeof recycle === "number" ? recycle : MAX_SERVED - offset;
  return {
    index,
    host: null,
    state: "free",
    trial: null,
    split: null,
    splitBeganMs: null,
    rssBytes: null,
    served: 0,
    firstCleanedBytes: null,
    maxServed,
  };
}

function follow(slot: Slot, event: EngineEvent): void {
  if (event.kind === "split-began")
    Object.assign(slot, { split: event.split, splitBeganMs: performance.now() });
  else if (event.kind === "outcome")
    Object.assign(slot, { state: "cleaning", split: null, splitBeganMs: null });
}

function view({ index, state, trial, split, splitBeganMs, rssBytes, host }: Slot): SlotView {
  const splitElapsedMs = splitBeganMs === null ? null : performance.now() - splitBeganMs;
  return { slot: index, state, trial, split, splitElapsedMs, rssBytes, pid: host?.pid ?? null };
}

/** A host that cannot be set up is how this attempt ends; the study goes on. */
function setupFailure(error: unknown): {
  failed: Extract<import("../core/trial.ts").Outcome, { state: "fail" }>;
} {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    failed: {
      state: "fail",
      reason: "setup",
      detail: { during: "setup" },
      error: { name, message, stack: stack ?? null },
    },
  };
}
