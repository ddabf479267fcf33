import type { Engine, EngineEvent, TrialLimits, TrialTask } from "../core/engine.ts";
import { BelayError } from "../core/error.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";
import { killOrphans } from "../machine/orphans.ts";
import { gate } from "./gate.ts";
import type { HostClient, Ready } from "./host-client.ts";
import type { HostPoolOptions } from "./host-pool.ts";
import { type Hosts, openHosts } from "./hosts.ts";
import { follow, newSlot, noteReading, occupy, type Recycle, type Slot, vacate, viewSlot } from "./slot.ts";
import type { WatcherBoot, WatcherNews } from "./watcher/protocol.ts";
import { startWatcher } from "./watcher/watcher.ts";

export type { Recycle } from "./slot.ts";

/** What the local engine needs to know. */
export interface LocalEngineOptions extends Omit<HostPoolOptions, "watcher" | "gpuBytes"> {
  readonly recycle: Recycle;
  readonly reserveBytes: number;
  readonly onBrake: (on: boolean, availableBytes: number) => void;
  /** More than 80 % of the memory is used. */
  readonly onAlert?: (availableBytes: number, totalBytes: number) => void;
}

/** The engine, and what its first host told. */
export interface LocalEngine extends Engine {
  /** Makes the first host ready; nothing of the study is recorded before that. */
  open(): Promise<Ready>;
}

/** A host that dies before it hears of its trial says nothing about the trial. */
const MAX_LOST = 3;

/** Slots on this machine: a host process for each, or the coordinator's own process. */
export function localEngine(options: LocalEngineOptions): LocalEngine {
  const { boot, isolation, workers } = options;
  const slots = Array.from({ length: workers }, (_, index) => newSlot(index, boot.seed, options.recycle));
  const brake = gate();
  const watcher = isolation === "process" ? startWatcher(watcherBoot(options), hear) : null;
  const hosts = openHosts({ ...options, slots, watcher });
  const changed = new Map<number, TrialLimits>(); // by slot: for its next split
  let capacity = workers;
  let isClosed = false;
  if (isolation === "process") killOrphans();

  function hear(news: WatcherNews): void {
    if (news.kind === "brake") {
      if (news.on) {
        brake.shut();
        hosts.giveBack();
      } else brake.open();
      options.onBrake(news.on, news.availableBytes);
    } else if (news.kind === "alert") options.onAlert?.(news.availableBytes, news.totalBytes);
    else {
      keepFolder();
      for (const reading of news.readings) noteReading(slots[reading.slot], reading);
    }
  }

  function keepFolder(): void {
    try {
      hosts.keepFolder();
    } catch {
      // Without room for it hosts keep watch by themselves; the next reading tries again.
    }
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = slots.find(({ state }) => state === "free");
    if (!slot) throw new BelayError("internal", "engine: expected a free slot, got none");
    occupy(slot, task.number);
    // A host that is still being made ready may take minutes: an end at once does not wait for it.
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

  /** A slot that is no longer wanted gives its host's memory back. */
  async function retire(slot: Slot): Promise<void> {
    slot.state = "cleaning";
    await hosts.drop(slot);
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
      hosts.limit(limits.memoryBytes);
      const slot = slots.find(({ trial }) => trial === number);
      slot?.host?.limit(limits);
      if (slot) changed.set(slot.index, limits);
    },
    reserve: (bytes) => watcher?.reserve(bytes),
    held: () => brake.wait,
    run,
    async open() {
      const ready = await openFirst(hosts, slots[0]!);
      if (!ready)
        throw new BelayError("setup", `${boot.bundle}: expected it to stay, and it was removed twice`);
      await watcher?.awake(); // a machine that is short already is known before the first trial
      return ready;
    },
    slots: () => slots.filter(({ index, state }) => index < capacity || state !== "free").map(viewSlot),
    async close() {
      isClosed = true;
      await hosts.close();
      await watcher?.stop();
    },
  };
}

function watcherBoot({ boot, reserveBytes }: LocalEngineOptions): WatcherBoot {
  return { reserveBytes, graceMs: boot.graceMs, gpu: boot.backend?.backend === "gpu" };
}

/** Makes the first host ready. null: the study's bundle was gone twice. */
async function openFirst(hosts: Hosts, slot: Slot): Promise<Ready | null> {
  slot.state = "starting";
  const prepared = hosts.makeReady(slot).finally(() => {
    slot.state = "free";
  });
  // Once the study's file is known to load the next host may load it too.
  slot.host?.loaded.then(hosts.startSpare, () => {});
  return (await prepared) ?? hosts.makeReady(slot);
}

/** What an attempt needs of its engine. */
interface Surroundings {
  readonly hosts: Hosts;
  /** Limits that were set for the next split, by slot. */
  readonly changed: Map<number, TrialLimits>;
}

/** Runs one attempt in a slot, in another host when one is lost before it has heard of the trial. */
async function* runInSlot(
  around: Surroundings,
  slot: Slot,
  task: TrialTask,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  for (let lost = 0; lost < MAX_LOST; lost++) {
    const failure = signal.aborted ? null : await around.hosts.provide(slot);
    if (!failure && !slot.host && !signal.aborted) continue;
    if (failure || !slot.host)
      return yield* unstarted(failure && !signal.aborted ? failure : { state: "interrupted" });
    if (!(yield* runInHost(around, slot, slot.host, task, signal))) return;
  }
  yield* unstarted({ state: "fail", reason: "crash", detail: { during: "start" }, error: null });
}

/** One try in one host. True when that was lost before it heard of the trial. */
async function* runInHost(
  { hosts, changed }: Surroundings,
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
    follow(slot, event);
    const limits = event.kind === "split-began" ? changed.get(slot.index) : undefined;
    if (limits) hosts.watch(slot, limits);
    // The last word is passed on once a host that may not go on is really gone.
    if (event.kind === "final") await hosts.recycle(slot, host, task.number);
    yield event;
  }
  return false;
}

/** An attempt that no host has begun. */
function* unstarted(end: Extract<EngineEvent, { kind: "outcome" }>["end"]): Generator<EngineEvent> {
  yield { kind: "outcome", end };
  yield { kind: "final", memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };
}
