import { hostname } from "node:os";
import {
  type Engine,
  type EngineEvent,
  type Machine,
  type TrialLimits,
  type TrialTask,
  wakes,
} from "../core/engine.ts";
import { BelayError } from "../core/error.ts";
import { withMaxAge } from "../core/max-age.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";
import { cpuMeter } from "../machine/cores.ts";
import { machineMemory } from "../machine/memory.ts";
import { killOrphans } from "../machine/orphans.ts";
import type { HostClient, Ready } from "./host-client.ts";
import type { HostPoolOptions } from "./host-pool.ts";
import { type Hosts, openHosts } from "./hosts.ts";
import {
  applyEvent,
  applyReading,
  newSlot,
  occupy,
  type Recycle,
  type Slot,
  vacate,
  viewSlot,
} from "./slot.ts";
import type { WatcherBoot, WatcherEvent } from "./watcher/protocol.ts";
import { startWatcher } from "./watcher/watcher.ts";

export type { Recycle } from "./slot.ts";

/** The options of the local engine. */
export interface LocalEngineOptions extends Omit<HostPoolOptions, "watcher" | "gpuBytes"> {
  readonly recycle: Recycle;
  readonly reserveBytes: number;
  readonly onBrake: (on: boolean, availableBytes: number) => void;
  /** Called when more than 80 % of the memory is in use. */
  readonly onAlert?: (availableBytes: number, totalBytes: number) => void;
}

/** The engine of this machine. */
export interface LocalEngine extends Engine {
  /**
   * Prepares the first host. Nothing of the study is recorded before, so that a study that cannot start leaves no
   * trace.
   */
  open(): Promise<Ready>;
}

/** A trial fails after this many hosts have died before it has started; one such death says nothing about the trial. */
const MAX_LOST = 3;
/** A reading of the memory is used for this long: reading a cgroup's files takes time, and trials grow slowly. */
const MEMORY_AGE_MS = 250;

/**
 * Creates an engine with slots on this machine, each with a host process or a thread in the coordinator's own process.
 */
export function localEngine(options: LocalEngineOptions): LocalEngine {
  const { boot, isolation, workers } = options;
  const changes = wakes();
  const slots = Array.from({ length: workers }, (_, index) => newSlot(index, boot.seed, options.recycle));
  const watcher = isolation === "process" ? startWatcher(watcherBoot(options), handleWatcherEvent) : null;
  const hosts = openHosts({ ...options, slots, watcher });
  const changed = new Map<number, TrialLimits>(); // slot -> new limits from its next split on
  let capacity = workers;
  let isShort = false;
  let cpu = cpuMeter();
  let isClosed = false;
  if (isolation === "process") killOrphans();

  function handleWatcherEvent(event: WatcherEvent): void {
    if (event.kind === "brake") {
      isShort = event.on;
      if (event.on) hosts.dropIdle();
      changes.wake();
      options.onBrake(event.on, event.availableBytes);
    } else if (event.kind === "alert") options.onAlert?.(event.availableBytes, event.totalBytes);
    else {
      keepFolder();
      for (const reading of event.readings) applyReading(slots[reading.slot], reading);
    }
  }

  function keepFolder(): void {
    try {
      hosts.keepFolder();
    } catch {
      // Hosts watch themselves while the folder cannot be created; the next reading tries again.
    }
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = slots.find(({ state }) => state === "free");
    if (!slot) throw new BelayError("internal", "engine: expected a free slot, got none");
    occupy(slot, task);
    // An abort does not wait for a host that is still being prepared, which may take minutes.
    const cut = (): void => {
      if (slot.state === "starting") void hosts.drop(slot);
    };
    signal.addEventListener("abort", cut);
    try {
      yield* runInSlot({ hosts, changed }, slot, task, signal);
    } finally {
      signal.removeEventListener("abort", cut);
      if (!isClosed && slot.index >= capacity) await hosts.drop(slot); // the engine has shrunk meanwhile
      vacate(slot);
    }
  }

  /** Ends the host of a free slot that is no longer wanted, so that its memory returns. */
  async function retire(slot: Slot): Promise<void> {
    slot.state = "cleaning";
    await hosts.drop(slot);
    slot.state = "free";
  }

  const views = () => slots.filter(({ index, state }) => index < capacity || state !== "free").map(viewSlot);
  const machine: Machine = {
    name: hostname(),
    get slots() {
      return capacity;
    },
    cores: options.cores,
    get isShort() {
      return isShort;
    },
    memory: withMaxAge(machineMemory, MEMORY_AGE_MS),
    load: () => cpu.read(views().flatMap(({ pid }) => pid ?? [])),
    views,
  };

  return {
    machines: () => [machine],
    subscribe: changes.subscribe,
    resize(next) {
      capacity = next;
      while (slots.length < next) slots.push(newSlot(slots.length, boot.seed, options.recycle));
      for (const slot of slots.slice(next)) if (slot.state === "free" && slot.host) void retire(slot);
      changes.wake();
    },
    limit(number, limits) {
      hosts.limit(limits.memoryBytes);
      const slot = slots.find(({ trial }) => trial === number);
      slot?.host?.limit(limits);
      if (slot) changed.set(slot.index, limits);
    },
    reserve: (bytes) => watcher?.reserve(bytes),
    run,
    async open() {
      const ready = await openFirst(hosts, slots[0]!);
      if (!ready)
        throw new BelayError("setup", `${boot.bundle}: expected it to stay, and it was removed twice`);
      await watcher?.sync(); // the brake is on before the first trial if memory is short already
      cpu = cpuMeter(); // what the setup took says nothing about the load while trials run
      return ready;
    },
    slots: views,
    async close() {
      isClosed = true;
      await hosts.close();
      await watcher?.stop();
    },
  };
}

function watcherBoot({ boot, reserveBytes, command, gpus = [] }: LocalEngineOptions): WatcherBoot {
  const gpu = boot.backend?.backend === "gpu" || (command === true && gpus.length > 0);
  return { reserveBytes, graceMs: boot.graceMs, gpu };
}

/** Prepares the first host; null if the study's bundle was missing twice. */
async function openFirst(hosts: Hosts, slot: Slot): Promise<Ready | null> {
  slot.state = "starting";
  const prepared = hosts.makeReady(slot).finally(() => {
    slot.state = "free";
  });
  // The spare starts once the first host has shown that the study's file loads.
  slot.host?.loaded.then(hosts.startSpare, () => {});
  return (await prepared) ?? hosts.makeReady(slot);
}

/** The parts of an engine that an attempt needs. */
interface AttemptContext {
  readonly hosts: Hosts;
  /** Limits that apply from the next split on, by slot. */
  readonly changed: Map<number, TrialLimits>;
}

/** Runs one attempt in a slot. If its host dies before the trial has started, the attempt moves to another host. */
async function* runInSlot(
  context: AttemptContext,
  slot: Slot,
  task: TrialTask,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  for (let lost = 0; lost < MAX_LOST; lost++) {
    const failure = signal.aborted ? null : await context.hosts.ensureHost(slot);
    if (!failure && !slot.host && !signal.aborted) continue;
    if (failure || !slot.host)
      return yield* unstarted(failure && !signal.aborted ? failure : { state: "interrupted" });
    if (!(yield* runInHost(context, slot, slot.host, task, signal))) return;
  }
  yield* unstarted({ state: "fail", reason: "crash", detail: { during: "start" }, error: null });
}

/** Runs an attempt in one host. @returns whether the host died before the trial has started. */
async function* runInHost(
  { hosts, changed }: AttemptContext,
  slot: Slot,
  host: HostClient,
  task: TrialTask,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, boolean> {
  slot.state = "running";
  hosts.watch(slot, task.limits);
  changed.delete(slot.index);
  hosts.startSpare();
  for await (const event of host.run(task, slot.index, signal)) {
    if (event.kind === "lost") {
      await hosts.drop(slot);
      return true;
    }
    applyEvent(slot, event);
    const limits = event.kind === "split-began" ? changed.get(slot.index) : undefined;
    if (limits) hosts.watch(slot, limits);
    // The slot counts as free after `final`, so a host that must be replaced ends before it is passed on.
    if (event.kind === "final") await hosts.recycle(slot, host, task.number);
    yield event;
  }
  return false;
}

/** The events of an attempt that has not started in any host. */
function* unstarted(end: Extract<EngineEvent, { kind: "outcome" }>["end"]): Generator<EngineEvent> {
  yield { kind: "outcome", end };
  yield { kind: "final", memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };
}
