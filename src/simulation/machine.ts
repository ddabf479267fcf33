import { type Engine, type EngineEvent, type SlotView, type TrialTask, wakes } from "../core/engine.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";
import type { VirtualClock } from "./clock.ts";
import { type PlainMachine, plainMachine } from "./plain-machine.ts";

/** A simulated machine, on which trials hold memory while they run. */
export interface SimulatedMachineOptions extends Pick<PlainMachine, "name" | "load"> {
  readonly clock: VirtualClock;
  readonly workers: number;
  readonly totalBytes: number;
  /** The memory that is to stay available; below half of it the largest trial is killed, as by the real brake. */
  readonly reserveBytes: number;
  /** The peak memory of a trial, and how long it trains. */
  readonly trial: (task: TrialTask) => { readonly peakBytes: number; readonly durationMs: number };
}

/** How well the memory was used while trials ran. */
export interface MemoryUse {
  /** The mean memory in use, as a share of the budget (total minus reserve). */
  readonly utilisation: number;
  /** The memory in use, integrated over all the time so far: bytes times milliseconds. */
  readonly byteMs: number;
  /** The share of the time in which trials used more than the budget. */
  readonly over: number;
  readonly kills: number;
}

interface Busy {
  readonly trial: number;
  bytes: number;
  kill: (() => void) | null;
}

const BASELINE_BYTES = 80e6;
/** The share of its time after which a trial reaches its peak. */
const RISE = 0.1;

/** How a trial ends in the simulated machine. */
type TrainingEnd = "trained" | "killed" | "split-timeout" | "aborted";

/**
 * Creates an engine in virtual time with a simulated memory. Each trial uses a baseline, and then its peak until its
 * end; if less than half of the reserve is left, the largest trial is killed.
 */
export function simulatedMachine(options: SimulatedMachineOptions) {
  const { clock, totalBytes } = options;
  const slots = new Map<number, Busy>();
  const account = openAccount(clock, totalBytes - options.reserveBytes);
  const changes = wakes();
  let { workers: capacity, reserveBytes } = options;
  let kills = 0;

  /** Kills the largest trial if less than half of the reserve is left. */
  function relieve(): void {
    if (totalBytes - account.usedBytes >= reserveBytes * 0.5) return;
    const largest = [...slots.values()].filter(({ kill }) => kill).sort((a, b) => b.bytes - a.bytes)[0];
    largest?.kill?.();
  }

  function hold(busy: Busy, bytes: number): void {
    account.change(bytes - busy.bytes, slots.size);
    busy.bytes = bytes;
    relieve();
  }

  /** Trains one split: first at the baseline, then at the peak. */
  async function train(task: TrialTask, busy: Busy, signal: AbortSignal): Promise<TrainingEnd> {
    const { peakBytes, durationMs } = options.trial(task);
    const limitMs = task.limits.splitTimeoutMs ?? Number.POSITIVE_INFINITY;
    const isOver = limitMs < durationMs;
    const lastMs = Math.min(durationMs, limitMs);
    let isGone = false;
    const killed = new Promise<TrainingEnd>((resolve) => {
      busy.kill = () => {
        busy.kill = null;
        kills++;
        resolve("killed");
      };
    });
    const riseMs = Math.min(lastMs, durationMs * RISE);
    const trained = clock.sleep(riseMs).then(async (): Promise<TrainingEnd> => {
      if (isGone) return "trained";
      hold(busy, peakBytes);
      await clock.sleep(lastMs - riseMs);
      return isOver ? "split-timeout" : "trained";
    });
    const aborted = new Promise<TrainingEnd>((resolve) => {
      if (signal.aborted) resolve("aborted");
      signal.addEventListener("abort", () => resolve("aborted"));
    });
    const end = await Promise.race([killed, trained, aborted]);
    isGone = true;
    return end;
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const index = Array.from({ length: capacity }, (_, i) => i).find((i) => !slots.has(i));
    if (index === undefined) throw new Error("simulation: expected a free slot, got none");
    const busy: Busy = { trial: task.number, bytes: 0, kill: null };
    account.change(0, slots.size);
    slots.set(index, busy);
    const began = clock.elapsed();
    try {
      hold(busy, BASELINE_BYTES);
      yield { kind: "started", slot: index, pid: pidOf(index), baselineBytes: BASELINE_BYTES };
      yield { kind: "split-began", split: 0 };
      const end = await train(task, busy, signal);
      const availableBytes = totalBytes - account.usedBytes;
      yield* lastEvents(task, end, {
        ...{ elapsedMs: Math.round(clock.elapsed() - began), bytes: busy.bytes },
        ...{ availableBytes, reserveBytes },
      });
    } finally {
      account.change(-busy.bytes, slots.size);
      slots.delete(index);
    }
  }

  const views = () => Array.from({ length: capacity }, (_, slot) => viewSlot(slot, slots.get(slot)));
  const machine = plainMachine({
    ...options,
    ...{ slots: () => capacity, views },
    memory: () => ({ totalBytes, availableBytes: Math.max(0, totalBytes - account.usedBytes) }),
  });
  const engine: Engine = {
    machines: () => [machine],
    subscribe: changes.subscribe,
    resize(next) {
      capacity = next;
      changes.wake();
    },
    limit() {
      // A trial has one split here, which keeps the limits that it began with.
    },
    reserve(bytes) {
      reserveBytes = bytes;
      relieve();
    },
    run,
    slots: views,
    close: async () => {},
  };
  return {
    engine,
    use(): MemoryUse {
      account.change(0, slots.size); // so that the time since the last change counts
      return { ...account.use(), kills };
    },
  };
}

/** Integrates the memory in use over the time in which trials run. */
function openAccount(clock: VirtualClock, budget: number) {
  let used = 0;
  let since = clock.elapsed();
  let heldTime = 0;
  let overTime = 0;
  let allTime = 0;
  return {
    get usedBytes() {
      return used;
    },
    /** @param trials - How many trials have run since the last change. */
    change(byBytes: number, trials: number): void {
      const ms = clock.elapsed() - since;
      since = clock.elapsed();
      if (trials > 0) {
        heldTime += ms * used;
        allTime += ms;
        if (used > budget) overTime += ms;
      }
      used += byBytes;
    },
    use: () => ({
      byteMs: heldTime,
      utilisation: allTime === 0 ? 0 : heldTime / (allTime * budget),
      over: allTime === 0 ? 0 : overTime / allTime,
    }),
  };
}

interface Measured {
  readonly elapsedMs: number;
  readonly bytes: number;
  readonly availableBytes: number;
  readonly reserveBytes: number;
}

/** The last events of a trial. */
function* lastEvents(task: TrialTask, end: TrainingEnd, measured: Measured): Generator<EngineEvent> {
  const { elapsedMs, bytes, availableBytes, reserveBytes } = measured;
  const memory = { ...UNKNOWN_MEMORY, rssBytes: bytes, peakBytes: bytes };
  const values = [task.number];
  if (end === "trained") {
    const result = { split: 0, values, constraints: [], durationMs: elapsedMs, memory };
    yield { kind: "split", result, partial: null, answer: () => {} }; // the last split needs no answer
    yield { kind: "outcome", end: { state: "complete", values, constraints: [] } };
  } else if (end === "killed") {
    const detail = { reserveBytes, availableBytes, rssBytes: bytes, by: "watcher" };
    yield { kind: "outcome", end: { state: "pruned", reason: "memory-reserve", detail } };
  } else if (end === "split-timeout") {
    const detail = { limitMs: task.limits.splitTimeoutMs, elapsedMs, during: "split 0", by: "host" };
    yield { kind: "outcome", end: { state: "pruned", reason: "split-timeout", detail } };
  } else yield { kind: "outcome", end: { state: "interrupted" } };
  yield { kind: "final", memory: { ...memory, source: "worker" }, durationMs: elapsedMs };
}

function pidOf(slot: number): number {
  return 1_000_000 + slot;
}

function viewSlot(slot: number, busy: Busy | undefined): SlotView {
  const nothing = { state: "free", trial: null, split: null, splitElapsedMs: null } as const;
  if (!busy) return { ...nothing, slot, rssBytes: null, pid: null };
  return { ...nothing, slot, state: "running", trial: busy.trial, rssBytes: busy.bytes, pid: pidOf(slot) };
}
