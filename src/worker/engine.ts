import type { Engine, EngineEvent, TrialLimits, TrialTask } from "../core/engine.ts";
import { BelayError } from "../core/error.ts";
import { type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { killOrphans } from "../machine/orphans.ts";
import { gate } from "./gate.ts";
import type { HostClient, Ready } from "./host-client.ts";
import { hostPool } from "./host-pool.ts";
import type { HostBoot } from "./protocol.ts";
import { sameStudy } from "./same-study.ts";
import { follow, newSlot, type Recycle, reasonToRecycle, type Slot, seat, viewSlot } from "./slot.ts";
import type { WatchedLimits, WatcherNews } from "./watcher/protocol.ts";
import { startWatcher } from "./watcher/watcher.ts";

export type { Recycle } from "./slot.ts";

/** What the local engine needs to know. */
export interface LocalEngineOptions {
  readonly boot: Omit<HostBoot, "beacon">;
  readonly workers: number;
  readonly isolation: "process" | "thread";
  readonly recycle: Recycle;
  readonly reserveBytes: number;
  /** Cores to share out between the slots. */
  readonly cores: number;
  /** GPUs to share out between the slots, in the words of CUDA_VISIBLE_DEVICES; one or none: nothing to share. */
  readonly gpus?: readonly string[];
  /** A folder of this run, for what the watcher reads. */
  readonly folder: string;
  /**
   * Called before each start of a host, and when one could not be set up: writes the study's bundle again, should it be
   * gone. Whether it was.
   */
  readonly renew?: () => boolean;
  readonly onOutput: (text: string, number: number | null) => void;
  /** How far `data` has come in a host that is being set up. */
  readonly onProgress?: (text: string) => void;
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

/** Slots on this machine: a forked host for each, or the coordinator's own process. */
export function localEngine(options: LocalEngineOptions): LocalEngine {
  const { boot, isolation, workers } = options;
  const backend = boot.backend?.backend ?? null;
  const slots = Array.from({ length: workers }, (_, index) => newSlot(index, boot.seed, options.recycle));
  const watcher =
    isolation === "process"
      ? startWatcher(
          { reserveBytes: options.reserveBytes, graceMs: boot.graceMs, gpu: backend === "gpu" },
          hear,
        )
      : null;
  const brake = gate();
  const same = sameStudy();
  let capacity = workers;
  const changed = new Map<number, TrialLimits>(); // by slot: for its next split
  const pool = hostPool({
    ...options,
    watcher,
    gpuBytes: (host) => slots.find((slot) => slot.host === host)?.gpuBytes ?? null,
  });
  let closed = false;
  if (isolation === "process") killOrphans();

  function hear(news: WatcherNews): void {
    if (news.kind === "brake") {
      if (news.on) {
        brake.shut();
        giveBack();
      } else brake.open();
      options.onBrake(news.on, news.availableBytes);
    } else if (news.kind === "alert") options.onAlert?.(news.availableBytes, news.totalBytes);
    else
      for (const { slot, pid, rssBytes, gpuBytes } of news.readings)
        if (slots[slot]?.host?.pid === pid) Object.assign(slots[slot], { rssBytes, gpuBytes });
  }

  /** Memory is short: hosts that serve no trial end, the spare among them. Those that wait for more might wait for these. */
  function giveBack(): void {
    for (const slot of slots) if (slot.state === "free" && slot.host) void drop(slot);
    pool.dropSpare();
  }

  function watch(slot: Slot, limits: WatchedLimits | null): void {
    if (slot.host && !slot.host.dead)
      watcher?.watch({ slot: slot.index, pid: slot.host.pid, beacon: slot.beacon, limits });
  }

  /**
   * Makes a host ready in a slot that has none: data loaded, splits checked. null: the study's bundle was gone, and is there
   * again for another host.
   */
  async function prepare(slot: Slot): Promise<Ready | null> {
    const seated = pool.take(slot.index);
    seat(slot, seated.host, seated.beacon);
    watch(slot, null);
    try {
      same.checkManifest(await seated.host.loaded);
      const ready = await seated.host.prepare();
      same.checkSplits(ready);
      return ready;
    } catch (error) {
      await drop(slot);
      if (pool.metGap(seated)) return null;
      throw error;
    }
  }

  /** Ends the slot's host; resolves when its process is really gone. */
  async function drop(slot: Slot): Promise<void> {
    const { host } = slot;
    slot.host = null;
    slot.rssBytes = null;
    watcher?.unwatch(slot.index);
    if (host) await pool.end(host);
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = slots.find(({ state }) => state === "free");
    if (!slot) throw new BelayError("internal", "engine: expected a free slot, got none");
    Object.assign(slot, { trial: task.number, state: "starting" });
    // A host that is still being made ready may take minutes: an end at once does not wait for it.
    const cut = (): void => {
      if (slot.state === "starting") void drop(slot);
    };
    signal.addEventListener("abort", cut);
    try {
      for (let lost = 0; lost < MAX_LOST; lost++) {
        const failure = signal.aborted ? null : await readyHost(slot);
        if (!failure && !slot.host && !signal.aborted) continue;
        if (failure || !slot.host)
          return yield* unstarted(failure && !signal.aborted ? failure : { state: "interrupted" });
        if (!(yield* attempt(slot, slot.host, task, signal))) return;
      }
      yield* unstarted({ state: "fail", reason: "crash", detail: { during: "start" }, error: null });
    } finally {
      signal.removeEventListener("abort", cut);
      if (!closed && slot.index >= capacity) await drop(slot); // the engine has shrunk meanwhile
      Object.assign(slot, { state: "free", trial: null, split: null, splitBeganMs: null });
    }
  }

  /** Sees to it that the slot has a host with its data loaded; otherwise that is how this attempt ends. Without either: once more. */
  async function readyHost(slot: Slot): Promise<Outcome | null> {
    try {
      if (slot.host?.dead) await drop(slot);
      if (!slot.host) await prepare(slot);
      return null;
    } catch (error) {
      return setupFailure(error);
    }
  }

  /** One try in one host. True when that was lost before it heard of the trial. */
  async function* attempt(
    slot: Slot,
    host: HostClient,
    task: TrialTask,
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, boolean> {
    slot.state = "running";
    watch(slot, task.limits);
    changed.delete(slot.index);
    if (!closed) pool.startSpare();
    for await (const event of host.run(task, slot.index, signal)) {
      if (event.kind === "lost") {
        await drop(slot);
        return true;
      }
      follow(slot, event);
      const limits = event.kind === "split-began" ? changed.get(slot.index) : undefined;
      if (limits) watch(slot, limits);
      // The last word is passed on once a host that may not go on is really gone.
      if (event.kind === "final") await recycle(slot, host, task.number);
      yield event;
    }
    return false;
  }

  async function recycle(slot: Slot, host: HostClient, number: number): Promise<void> {
    const reason = reasonToRecycle(slot, host, options.recycle);
    if (reason === null || closed) return watch(slot, null);
    if (!host.dead) options.onOutput(`a fresh host takes over from ${host.pid}: ${reason}`, number);
    await drop(slot);
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
      pool.limit(limits.memoryBytes);
      const slot = slots.find(({ trial }) => trial === number);
      slot?.host?.limit(limits);
      if (slot) changed.set(slot.index, limits);
    },
    reserve: (bytes) => watcher?.reserve(bytes),
    held: () => brake.wait,
    run,
    async open() {
      const slot = slots[0]!;
      slot.state = "starting";
      const prepared = prepare(slot).finally(() => {
        slot.state = "free";
      });
      // Once the study's file is known to load the next host may load it too.
      slot.host?.loaded.then(
        () => !closed && pool.startSpare(),
        () => {},
      );
      const ready = (await prepared) ?? (await prepare(slot));
      if (!ready)
        throw new BelayError("setup", `${boot.bundle}: expected it to stay, and it was removed twice`);
      await watcher?.awake(); // a machine that is short already is known before the first trial
      return ready;
    },
    slots: () => slots.filter(({ index, state }) => index < capacity || state !== "free").map(viewSlot),
    async close() {
      closed = true;
      await Promise.all([...slots.map(drop), pool.close()]);
      await watcher?.stop();
    },
  };
}

/** An attempt that no host has begun. */
function* unstarted(end: Extract<EngineEvent, { kind: "outcome" }>["end"]): Generator<EngineEvent> {
  yield { kind: "outcome", end };
  yield { kind: "final", memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };
}

/** A host that cannot be set up is how this attempt ends; the study goes on. */
function setupFailure(error: unknown): Outcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    state: "fail",
    reason: "setup",
    detail: { during: "setup" },
    error: { name, message, stack: stack ?? null },
  };
}
