import { aggregateConstraints } from "../core/aggregate.ts";
import type { Answer, Engine, EngineEnd, EngineEvent, SlotView, TrialTask } from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import type { Params } from "../core/space/space.ts";
import { type FinalMemory, type Outcome, type SplitResult, UNKNOWN_MEMORY } from "../core/trial.ts";
import type { VirtualClock } from "./clock.ts";

/** What a simulated engine is made of. */
export interface SimulationOptions {
  readonly clock: VirtualClock;
  /** All that happens to a trial follows from the seed, its number, the split and its params. */
  readonly seed: number;
  readonly workers: number;
  readonly splitCount: number;
  /** Share of the splits whose objective throws. @default 0 */
  readonly failures?: number;
  /** Share of the splits that a guard ends. @default 0 */
  readonly guarded?: number;
  /** Reports in each split. @default 0 */
  readonly reports?: number;
  /** Told of each split that starts to train. */
  readonly onTrain?: (task: TrialTask, split: number) => void;
}

const BASELINE_BYTES = 80e6;

/**
 * An engine without processes: slots on a virtual clock, with splits of 0.1 to 60 s that succeed, fail or are ended by
 * a guard. The same trial with the same params has the same fate in every run, whichever slot it gets and whenever.
 */
export function simulatedEngine(options: SimulationOptions): Engine {
  const { clock, seed, splitCount, workers } = options;
  const busy = new Map<number, number>();

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = Array.from({ length: workers }, (_, index) => index).find((index) => !busy.has(index));
    if (slot === undefined) throw new Error("simulation: expected a free slot, got none");
    busy.set(slot, task.number);
    const beganMs = clock.now();
    try {
      await pause(clock, rng(seed, task.number, `start ${task.attempt}`).int(200), signal);
      yield { kind: "started", slot, pid: 1_000_000 + slot, baselineBytes: BASELINE_BYTES };
      const end = yield* train(options, task, signal);
      yield { kind: "outcome", end };
      await clock.sleep(5);
      yield {
        kind: "final",
        memory: finalMemory(task.number),
        durationMs: Math.max(0, clock.now() - beganMs),
      };
    } finally {
      busy.delete(slot);
    }
  }

  return {
    capacity: workers,
    held: () => null,
    run,
    slots: () =>
      Array.from({ length: workers }, (_, slot): SlotView => {
        const trial = busy.get(slot) ?? null;
        const state = trial === null ? "free" : "running";
        return { slot, state, trial, split: null, splitElapsedMs: null, rssBytes: null };
      }),
    close: async () => {},
  };

  async function* train(
    { onTrain }: SimulationOptions,
    task: TrialTask,
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, EngineEnd> {
    const results = new Map(task.recorded.map((recorded) => [recorded.split, recorded]));
    for (let split = 0; split < splitCount; split++) {
      if (results.has(split)) continue;
      yield { kind: "split-began", split };
      onTrain?.(task, split);
      const fate = fateOf(options, task, split);
      for (let step = 0; step < (options.reports ?? 0); step++) {
        await pause(clock, fate.durationMs / 10, signal);
        if (signal.aborted) return { state: "interrupted" };
        const value = fate.result.values[0]! + 1 / (step + 1);
        const answer = yield* asked((reply) => ({
          kind: "report",
          report: { split, step, value },
          answer: reply,
        }));
        if (answer !== "go") return { state: answer === "prune" ? "pruned-by-verdict" : "interrupted" };
      }
      await pause(clock, fate.durationMs, signal);
      if (signal.aborted) return { state: "interrupted" };
      if (fate.end) return fate.end;
      results.set(split, fate.result);
      const answer = yield* asked((reply) => ({
        kind: "split",
        result: fate.result,
        partial: null,
        answer: reply,
      }));
      if (answer === "prune") return { state: "pruned-by-verdict" };
      if (answer === "interrupt" && split < splitCount - 1) return { state: "interrupted" };
    }
    const inOrder = [...results.values()].sort((a, b) => a.split - b.split);
    return {
      state: "complete",
      values: [inOrder.reduce((sum, { values }) => sum + values[0]!, 0) / inOrder.length],
      constraints: aggregateConstraints(inOrder.map(({ constraints }) => constraints)),
    };
  }

  async function* asked(
    event: (answer: (answer: Answer) => void) => EngineEvent,
  ): AsyncGenerator<EngineEvent, Answer> {
    let reply: (answer: Answer) => void = () => {};
    const answered = new Promise<Answer>((resolve) => {
      reply = resolve;
    });
    yield event(reply);
    return answered;
  }
}

/** Waits, but not beyond an abort. */
async function pause(clock: VirtualClock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener("abort", finish);
  });
}

interface Fate {
  readonly durationMs: number;
  readonly result: SplitResult;
  /** How the trial ends in this split; null: it does not. */
  readonly end: Outcome | null;
}

/** What becomes of a split: a function of the seed, the trial's number and params, and the split. */
function fateOf(
  { seed, failures = 0, guarded = 0 }: SimulationOptions,
  { number, params }: TrialTask,
  split: number,
): Fate {
  const chance = rng(seed, number, `split ${split}`);
  const durationMs = Math.round(100 + 60_000 * chance.next() ** 4);
  const luck = chance.next();
  const rssBytes = Math.round(BASELINE_BYTES * (1 + chance.next()));
  const memory = { ...UNKNOWN_MEMORY, rssBytes, peakBytes: rssBytes, baselineBytes: BASELINE_BYTES };
  const value = landscape(params) + 0.1 * chance.normal();
  const during = `split ${split}`;
  const end: Outcome | null =
    luck < failures
      ? {
          state: "fail",
          reason: "error",
          detail: { during },
          error: { name: "Error", message: "simulated", stack: null },
        }
      : luck < failures + guarded
        ? {
            state: "pruned",
            reason: "split-timeout",
            detail: { limitMs: 1_000, elapsedMs: 1_200, during, by: "worker" },
          }
        : null;
  return { durationMs, result: { split, values: [value], constraints: [], durationMs, memory }, end };
}

/** A value that depends on every param, so that a wrong proposal shows in all that follow. */
function landscape(params: Params): number {
  let sum = 0;
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === "number") sum += Math.abs(Math.tanh(value)) + 0.3 * Math.sin(3 * value);
    else sum += rng(0, 0, `${name}=${String(value)}`).next();
  }
  return sum;
}

function finalMemory(number: number): FinalMemory {
  return {
    ...UNKNOWN_MEMORY,
    rssBytes: BASELINE_BYTES + number,
    peakBytes: 2 * BASELINE_BYTES,
    baselineBytes: BASELINE_BYTES,
    tensors: 0,
    source: "worker",
  };
}
