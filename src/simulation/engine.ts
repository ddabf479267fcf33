import { aggregateConstraints } from "../core/aggregate.ts";
import {
  type Answer,
  type Engine,
  type EngineEnd,
  type EngineEvent,
  type SlotView,
  splitsToRun,
  type TrialLimits,
  type TrialTask,
  wakes,
} from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import type { Params } from "../core/space/space.ts";
import {
  type Detail,
  type FinalMemory,
  type Outcome,
  type PruneReason,
  type SplitResult,
  UNKNOWN_MEMORY,
} from "../core/trial.ts";
import type { VirtualClock } from "./clock.ts";
import { type PlainMachine, plainMachine } from "./plain-machine.ts";

/** The options of a simulated engine. */
export interface SimulationOptions extends Pick<PlainMachine, "name"> {
  readonly clock: VirtualClock;
  /** With the trial's number and params and the split, the seed alone determines what happens. */
  readonly seed: number;
  readonly workers: number;
  readonly splitCount: number;
  /** The share of splits whose objective throws. @default 0 */
  readonly failures?: number;
  /** The share of splits that a guard ends. @default 0 */
  readonly guarded?: number;
  /** How many times faster than usual its splits are. @default 1 */
  readonly speed?: number;
  /** The standard deviation of a split's value. @default 0.1 */
  readonly noise?: number;
  /** Reports in each split. @default 0 */
  readonly reports?: number;
  /** The memory of the machine in bytes; a reserve above it holds trials back. @default unlimited */
  readonly totalBytes?: number;
  /** How much of it is available, whatever runs. @default it is not known */
  readonly availableBytes?: number;
  /** Called for each split that starts to train. */
  readonly onTrain?: (task: TrialTask, split: number) => void;
}

const BASELINE_BYTES = 80e6;

/** A trial that runs in a simulated slot. */
interface Running {
  readonly number: number;
  /** The limits that apply from the next split on. */
  limits: TrialLimits;
}

/**
 * Creates an engine without processes: slots on a virtual clock, in which splits take 0.1 to 60 s and succeed, fail,
 * are ended by a guard, or exceed a limit. A trial with the same params and limits has the same script in every run, in
 * any slot and at any time.
 */
export function simulatedEngine(options: SimulationOptions): Engine {
  const { clock, seed } = options;
  const busy = new Map<number, Running>(); // by slot
  const changes = wakes();
  const { totalBytes = Number.POSITIVE_INFINITY, availableBytes } = options;
  let isShort = false;
  let capacity = options.workers;

  async function* run(task: TrialTask, signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const slot = slotNumbers(capacity).find((index) => !busy.has(index));
    if (slot === undefined) throw new Error("simulation: expected a free slot, got none");
    const running = { number: task.number, limits: task.limits };
    busy.set(slot, running);
    const beganMs = clock.now();
    try {
      await pause(clock, rng(seed, task.number, `start ${task.attempt}`).int(200), signal);
      yield { kind: "started", slot, pid: pidOf(slot), baselineBytes: BASELINE_BYTES };
      const end = yield* train(options, task, running, signal);
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

  const views = () => {
    const shown = new Set([...slotNumbers(capacity), ...busy.keys()]);
    return [...shown].map((slot) => viewSlot(slot, busy.get(slot)?.number ?? null));
  };
  const machine = plainMachine({
    ...(options.name !== undefined && { name: options.name }),
    ...{ slots: () => capacity, isShort: () => isShort, views },
    memory: () => (availableBytes === undefined ? null : { totalBytes, availableBytes }),
  });

  return {
    machines: () => [machine],
    subscribe: changes.subscribe,
    resize(next) {
      capacity = next;
      changes.wake();
    },
    limit(number, limits) {
      for (const running of busy.values()) if (running.number === number) running.limits = limits;
    },
    reserve(bytes) {
      isShort = bytes > totalBytes; // simulated trials take no memory
      changes.wake();
    },
    run,
    slots: views,
    close: async () => {},
  };
}

function slotNumbers(capacity: number): number[] {
  return Array.from({ length: capacity }, (_, slot) => slot);
}

function pidOf(slot: number): number {
  return 1_000_000 + slot;
}

function viewSlot(slot: number, trial: number | null): SlotView {
  const state = trial === null ? "free" : "running";
  const pid = trial === null ? null : pidOf(slot);
  return { slot, state, trial, split: null, splitElapsedMs: null, rssBytes: null, pid };
}

/** Runs the splits that are not recorded yet, one after the other. */
async function* train(
  options: SimulationOptions,
  task: TrialTask,
  running: Running,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, EngineEnd> {
  const { clock, splitCount } = options;
  const results = new Map(task.recorded.map((recorded) => [recorded.split, recorded]));
  let elapsedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
  for (const split of splitsToRun(task, splitCount)) {
    const script = limited(scriptOf(options, task, split), running.limits, elapsedMs);
    yield { kind: "split-began", split };
    options.onTrain?.(task, split);
    const cut = yield* report(options, split, script, signal);
    if (cut) return cut;
    await pause(clock, script.durationMs, signal);
    if (signal.aborted) return { state: "interrupted" };
    if (script.end) return script.end;
    elapsedMs += script.durationMs;
    results.set(split, script.result);
    const { result } = script;
    const answer = yield* asked((reply) => ({ kind: "split", result, partial: null, answer: reply }));
    if (answer === "prune") return { state: "pruned-by-verdict" };
    if (answer === "interrupt" && results.size < splitCount) return { state: "interrupted" };
  }
  const inOrder = [...results.values()].sort((a, b) => a.split - b.split);
  return {
    state: "complete",
    values: [inOrder.reduce((sum, { values }) => sum + values[0]!, 0) / inOrder.length],
    constraints: aggregateConstraints(inOrder.map(({ constraints }) => constraints)),
  };
}

/** Sends the reports of one split. @returns how the trial ends at one of them; null if it goes on. */
async function* report(
  { clock, reports = 0 }: SimulationOptions,
  split: number,
  script: Script,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, EngineEnd | null> {
  for (let step = 0; step < reports; step++) {
    await pause(clock, script.durationMs / 10, signal);
    if (signal.aborted) return { state: "interrupted" };
    const value = script.result.values[0]! + 1 / (step + 1);
    const told = { split, step, value };
    const answer = yield* asked((reply) => ({ kind: "report", report: told, answer: reply }));
    if (answer !== "go") return { state: answer === "prune" ? "pruned-by-verdict" : "interrupted" };
  }
  return null;
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

/** Waits until the delay is over or the signal fires. */
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

/** What happens in one split. */
interface Script {
  readonly durationMs: number;
  readonly result: SplitResult;
  /** How the trial ends in this split; null if it goes on. */
  readonly end: Outcome | null;
}

/** The script of a split: a function of the seed, the trial's number and params, and the split. */
function scriptOf(
  { seed, failures = 0, guarded = 0, noise = 0.1, speed = 1 }: SimulationOptions,
  { number, params }: TrialTask,
  split: number,
): Script {
  const chance = rng(seed, number, `split ${split}`);
  const durationMs = Math.round((100 + 60_000 * chance.next() ** 4) / speed);
  const luck = chance.next();
  const rssBytes = Math.round(BASELINE_BYTES * (1 + chance.next()));
  const memory = { ...UNKNOWN_MEMORY, rssBytes, peakBytes: rssBytes, baselineBytes: BASELINE_BYTES };
  const value = landscape(params) + noise * chance.normal();
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

/** Applies the limits of a trial to a script: the limit that is reached first ends the split. */
function limited(script: Script, limits: TrialLimits, usedMs: number): Script {
  const { split, memory } = script.result;
  const by = { during: `split ${split}`, by: "host" };
  const pruned = (reason: PruneReason, durationMs: number, measured: Detail): Script => ({
    ...script,
    durationMs,
    end: { state: "pruned", reason, detail: { ...measured, ...by } },
  });
  const { splitTimeoutMs, trialTimeoutMs, memoryBytes } = limits;
  if (memoryBytes !== null && (memory.rssBytes ?? 0) > memoryBytes)
    return pruned("memory-limit", 0, { limitBytes: memoryBytes, seenBytes: memory.rssBytes });
  const splitMs = splitTimeoutMs ?? Number.POSITIVE_INFINITY;
  const leftMs = Math.max(0, (trialTimeoutMs ?? Number.POSITIVE_INFINITY) - usedMs);
  if (script.durationMs < Math.min(splitMs, leftMs)) return script;
  return splitMs <= leftMs
    ? pruned("split-timeout", splitMs, { limitMs: splitMs, elapsedMs: splitMs })
    : pruned("trial-timeout", leftMs, { limitMs: trialTimeoutMs, elapsedMs: usedMs + leftMs });
}

/** An objective that depends on every param, so that a wrong proposal changes all that follows it. */
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
