import { slotsOf } from "../core/engine.ts";
import {
  type Admission,
  admit,
  budgetBytes,
  claimedBytes,
  type MemoryClaim,
  narrowed,
} from "../scheduler/admission.ts";
import { concurrency } from "../scheduler/concurrency.ts";
import type { AvailableMemory } from "../scheduler/options.ts";
import { type Forecast, type QuantileModel, quantileModel } from "../scheduler/quantile.ts";
import { type Workers, workersCeiling } from "../scheduler/workers.ts";
import type { RunControl } from "./control.ts";
import type { StudyEvent } from "./events.ts";
import type { Attempt } from "./running-attempts.ts";
import type { RunningStudy } from "./study.ts";

const ADMITTED: Admission = { admit: true };
const QUIET = { cpuOthers: 0, memoryUsed: 0 };

/** The parts of the study that decide its capacity. */
type Sensed = Pick<RunningStudy, "engine" | "scheduling" | "clock" | "space" | "attempts" | "limits">;

/** Applies the decisions of `scheduler/` to a run: how many trials may run now, and whether one more fits in memory. */
export function openCapacity(study: Sensed, control: Pick<RunControl, "wake">) {
  const { engine, scheduling, clock } = study;
  const peaks = quantileModel(study.space);
  for (const { row, peakBytes } of scheduling?.past ?? [])
    if (peakBytes !== null) peaks.observe(row, peakBytes);
  const told = (): number => slotsOf(engine.machines());
  let workers: Workers = scheduling?.workers ?? told();
  let reserveBytes = scheduling?.limits.reserveBytes ?? 0;
  let cpu: { readonly total: number; readonly others: number } | null = null;
  let finished = 0;
  let isBlocked = false;
  let ceiling = told();
  const number = concurrency({
    ceiling,
    admission: scheduling?.admission ?? false,
    ...(scheduling ? { thresholds: scheduling.thresholds } : {}),
  });

  const view = memoryView(study, peaks, () => reserveBytes);

  /** Follows the engine when its machines have changed. */
  function follow(): void {
    if (told() !== ceiling) {
      ceiling = told();
      number.ceiling = ceiling;
    }
    control.wake();
  }
  const close = engine.subscribe(follow);

  return {
    /** How many trials may run at a time. It changes while the run lasts, and may be 0 for a while. */
    get slots() {
      return Math.min(number.target, ceiling);
    },
    /** What keeps the number of slots below what a person has allowed; null if nothing does. */
    get limitedBy() {
      return number.limitedBy;
    },
    get isBlocked() {
      return isBlocked;
    },
    get workers() {
      return workers;
    },
    set workers(next: Workers) {
      workers = next;
      engine.resize(scheduling ? workersCeiling(next, scheduling.machine) : ceiling);
      ceiling = told();
      number.ceiling = ceiling; // it forgets reductions, even if the number is the same
      control.wake();
    },
    get reserveBytes() {
      return reserveBytes;
    },
    set reserveBytes(next: number) {
      reserveBytes = next;
      engine.reserve(next);
    },
    /** The last reading of the processors' load, as shares from 0 to 1; null before the first one. */
    get cpu() {
      return cpu;
    },
    readMemory: (): AvailableMemory | null => scheduling?.readMemory() ?? null,
    /** The memory budget, and how much of it running trials are expected to take; null in a run without scheduling. */
    get memory(): {
      readonly budgetBytes: number;
      readonly claimedBytes: number;
      readonly hostsBytes: number;
    } | null {
      if (!scheduling) return null;
      const now = view.memory(scheduling.readMemory());
      return {
        budgetBytes: budgetBytes(now.budget),
        claimedBytes: claimedBytes(now.claims),
        hostsBytes: now.budget.runningBytes + now.budget.idleBytes,
      };
    },
    /** Reads the load; called once a second. Only `auto` gives way to other programs; kills for memory count always. */
    sense(): void {
      if (!scheduling) return;
      cpu = scheduling.readCpu(engine.slots().flatMap(({ pid }) => pid ?? []));
      const { totalBytes, availableBytes } = scheduling.readMemory();
      const seen = { cpuOthers: cpu.others, memoryUsed: 1 - availableBytes / totalBytes };
      const load = workers === "auto" ? seen : QUIET;
      if (number.step(load, clock.elapsed())) control.wake();
    },
    /** @returns whether a trial with given params may start. Its answers hold until a trial starts or ends. */
    admission(): (row: Float64Array) => Admission {
      if (!scheduling?.admission || study.attempts.size === 0) return () => unblocked(ADMITTED);
      let now: ReturnType<typeof view.memory> | null = null;
      return (row) => {
        const forecast = view.expected(row);
        // A number of workers that a person has chosen is trusted until the first peak is known. If a trial has finished
        // and no peak is known, peaks cannot be measured, so nothing can be held back.
        if (forecast === null && (typeof workers === "number" || finished > 0)) return unblocked(ADMITTED);
        now ??= view.memory(scheduling.readMemory());
        return unblocked(admit(forecast, now.claims, now.budget));
      };
    },
    /** Ends the subscription to the engine. */
    close,
    learn(event: StudyEvent, attempt: Attempt | null): void {
      if (event.kind === "split" && attempt) attempt.peakBytes = event.result.memory.peakBytes;
      else if (event.kind === "trial-ended") {
        if (attempt) attempt.isRepresentative = isPeakRepresentative(event.outcome);
        if (isShortage(event.outcome)) number.killed(study.attempts.size, clock.elapsed());
      } else if (event.kind === "memory" && attempt) {
        finished++;
        const peakBytes = event.memory.peakBytes ?? event.memory.rssBytes;
        if (attempt.isRepresentative && peakBytes !== null) peaks.observe(attempt.row, peakBytes);
      }
    },
  };

  function unblocked(answer: Admission): Admission {
    isBlocked = !answer.admit;
    return answer;
  }
}

type Ended = Extract<StudyEvent, { kind: "trial-ended" }>["outcome"];

/** Whether the peak of a trial is representative. A trial that failed early says little about what it would have held. */
function isPeakRepresentative(outcome: Ended): boolean {
  return outcome.state !== "fail" || outcome.reason === "heap";
}

/** Whether the machine was short of memory, and not the trial over its own limit: the brake or the kernel killed it. */
function isShortage(outcome: Ended): boolean {
  if (outcome.state === "pruned") return outcome.reason === "memory-reserve";
  return outcome.state === "fail" && outcome.reason === "crash" && outcome.detail.signal === "SIGKILL";
}

/** What running trials and idle hosts hold, and what they are expected to hold at their peaks. */
function memoryView(study: Sensed, peaks: QuantileModel, reserve: () => number) {
  const { engine } = study;

  const kept = new WeakMap<Float64Array, { readonly at: number; readonly forecast: Forecast }>();

  /** Keeps each forecast until the model has learned more, because it is needed many times while a trial waits or runs. */
  function forecastOf(row: Float64Array): Forecast | null {
    const known = kept.get(row);
    if (known && peaks.size < Math.max(known.at + 1, known.at * 1.1)) return known.forecast;
    const forecast = peaks.forecast(row);
    if (forecast) kept.set(row, { at: peaks.size, forecast });
    return forecast;
  }

  /** The peak that is expected of these params, at most their memory limit. */
  function expected(row: Float64Array): Forecast | null {
    const forecast = forecastOf(row);
    const most = study.limits.memoryBytes ?? Number.POSITIVE_INFINITY;
    return forecast && { middle: Math.min(forecast.middle, most), high: Math.min(forecast.high, most) };
  }

  function claims(rssOf: ReadonlyMap<number, number | null>): MemoryClaim[] {
    return [...study.attempts.values()].map(({ number, row, peakBytes }) => {
      const rssBytes = rssOf.get(number) ?? null;
      const guess = expected(row) ?? { middle: rssBytes ?? 0, high: rssBytes ?? 0 };
      return { expected: peakBytes === null ? guess : narrowed(guess, peakBytes), rssBytes };
    });
  }

  function memory(sense: AvailableMemory) {
    const slots = engine.slots();
    const running = slots.filter(({ trial }) => trial !== null);
    const idle = slots.filter(({ trial }) => trial === null).map(({ rssBytes }) => rssBytes ?? 0);
    const budget = {
      availableBytes: sense.availableBytes,
      reserveBytes: reserve(),
      runningBytes: running.reduce((sum, { rssBytes }) => sum + (rssBytes ?? 0), 0),
      idleBytes: idle.reduce((sum, bytes) => sum + bytes, 0),
      largestIdleBytes: Math.max(0, ...idle),
    };
    const rssOf = new Map(running.map(({ trial, rssBytes }) => [trial!, rssBytes]));
    return { budget, claims: claims(rssOf) };
  }

  return { expected, memory };
}

export type Capacity = ReturnType<typeof openCapacity>;
