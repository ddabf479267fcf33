import type { Engine, EngineEvent, SlotView, TrialTask } from "../core/engine.ts";
import { UNKNOWN_MEMORY } from "../core/trial.ts";
import type { VirtualClock } from "./clock.ts";

/** A machine to simulate: slots whose trials hold memory for a while. */
export interface SimulatedMachineOptions {
  readonly clock: VirtualClock;
  readonly workers: number;
  readonly totalBytes: number;
  /** Below this much available memory the largest trial is taken, as the emergency brake does. */
  readonly reserveBytes: number;
  /** What a trial holds at its peak, and how long it trains. */
  readonly trial: (task: TrialTask) => { readonly peakBytes: number; readonly durationMs: number };
}

/** How well the memory was used, over the time in which trials ran. */
export interface MemoryUse {
  /** Mean of what was held, as a share of the budget (the machine without its reserve). */
  readonly utilisation: number;
  /** Share of the time in which more than the budget was held. */
  readonly over: number;
  readonly kills: number;
}

interface Busy {
  readonly trial: number;
  bytes: number;
  kill: (() => void) | null;
}

const BASELINE_BYTES = 80e6;
/** A trial reaches its peak after this share of its time. */
const RISE = 0.1;

/**
 * An engine in virtual time with a memory of its own: each trial holds a little, then its peak until its end; when the
 * machine falls below its reserve the largest trial is killed. What it reads of itself is what a scheduler reads.
 */
export function simulatedMachine({
  clock,
  workers,
  totalBytes,
  reserveBytes,
  trial,
}: SimulatedMachineOptions) {
  const slots = new Map<number, Busy>();
  const budget = totalBytes - reserveBytes;
  let capacity = workers;
  let used = 0;
  let since = clock.elapsed();
  let heldTime = 0;
  let overTime = 0;
  let allTime = 0;
  let kills = 0;

  /** Adds up the time since the last change. */
  function account(): void {
    const ms = clock.elapsed() - since;
    since = clock.elapsed();
    if (slots.size === 0) return;
    heldTime += ms * used;
    allTime += ms;
    if (used > budget) overTime += ms;
  }

  function hold(slot: Busy, bytes: number): void {
    account();
    used += bytes - slot.bytes;
    slot.bytes = bytes;
    if (totalBytes - used >= reserveBytes * 0.5) return;
    const largest = [...slots.values()].filter(({ kill }) => kill).sort((a, b) => b.bytes - a.bytes)[0];
    largest?.kill?.();
  }

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const index = Array.from({ length: capacity }, (_, i) => i).find((i) => !slots.has(i));
    if (index === undefined) throw new Error("simulation: expected a free slot, got none");
    const busy: Busy = { trial: task.number, bytes: 0, kill: null };
    account();
    slots.set(index, busy);
    const began = clock.elapsed();
    const { peakBytes, durationMs } = trial(task);
    try {
      hold(busy, BASELINE_BYTES);
      yield { kind: "started", slot: index, pid: 1_000_000 + index, baselineBytes: BASELINE_BYTES };
      yield { kind: "split-began", split: 0 };
      const killed = new Promise<"killed">((resolve) => {
        busy.kill = () => {
          busy.kill = null;
          kills++;
          resolve("killed");
        };
      });
      const trained = clock.sleep(durationMs * RISE).then(async () => {
        if (!slots.has(index) || slots.get(index) !== busy) return "over" as const;
        hold(busy, peakBytes);
        await clock.sleep(durationMs * (1 - RISE));
        return "trained" as const;
      });
      const aborted = new Promise<"aborted">((resolve) => {
        signal.addEventListener("abort", () => resolve("aborted"));
      });
      const fate = await Promise.race([killed, trained, aborted]);
      const elapsedMs = Math.round(clock.elapsed() - began);
      const memory = { ...UNKNOWN_MEMORY, rssBytes: busy.bytes, peakBytes: busy.bytes };
      if (fate === "trained") {
        const result = { split: 0, values: [task.number], constraints: [], durationMs: elapsedMs, memory };
        yield { kind: "split", result, partial: null, answer: () => {} }; // the last: nothing waits for an answer
        yield { kind: "outcome", end: { state: "complete", values: [task.number], constraints: [] } };
      } else if (fate === "killed") {
        const detail = {
          reserveBytes,
          availableBytes: totalBytes - used,
          rssBytes: busy.bytes,
          by: "watcher",
        };
        yield { kind: "outcome", end: { state: "pruned", reason: "memory-reserve", detail } };
      } else yield { kind: "outcome", end: { state: "interrupted" } };
      yield { kind: "final", memory: { ...memory, source: "worker" }, durationMs: elapsedMs };
    } finally {
      account();
      used -= busy.bytes;
      slots.delete(index);
    }
  }

  const engine: Engine = {
    get capacity() {
      return capacity;
    },
    resize(next) {
      capacity = next;
    },
    held: () => null,
    run,
    slots: () =>
      Array.from({ length: capacity }, (_, slot): SlotView => {
        const busy = slots.get(slot);
        const state = busy ? "running" : "free";
        return {
          slot,
          state,
          trial: busy?.trial ?? null,
          split: null,
          splitElapsedMs: null,
          rssBytes: busy?.bytes ?? null,
        };
      }),
    close: async () => {},
  };
  return {
    engine,
    readMemory: () => ({ totalBytes, availableBytes: Math.max(0, totalBytes - used) }),
    use: (): MemoryUse => ({
      utilisation: allTime === 0 ? 0 : heldTime / (allTime * budget),
      over: allTime === 0 ? 0 : overTime / allTime,
      kills,
    }),
  };
}
