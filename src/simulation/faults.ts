import type { Engine, EngineEvent } from "../core/engine.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import { StoreError } from "../store/store-error.ts";
import type { VirtualClock } from "./clock.ts";

/** The fault at a named point of the coordinator's loop. `crash`: its process is dead from then on. */
export type Fault = "nothing" | "crash" | "busy" | "full" | "read-only";

/**
 * Chooses the fault at a point by its name, such as `recordSplit before` (the write is not made yet), `recordSplit
 * after` (it is made, but its caller does not know yet), `event split before` or `answer after`. It is not called again
 * after `crash`.
 */
export type FaultAt = (point: string) => Fault;

/** The methods of the store with a point before and after each call. */
export const STORE_POINTS = [
  "heartbeat",
  "settle",
  "waiting",
  "nextNumber",
  "enqueue",
  "startTrial",
  "startAttempt",
  "reopen",
  "recordStart",
  "recordSplit",
  "recordReport",
  "finish",
  "interrupt",
  "update",
  "release",
  "event",
  "recordMetrics",
] as const;

/** The messages between coordinator and engine with a point before and after each. */
export const ENGINE_POINTS = [
  "run",
  "event started",
  "event split-began",
  "event split",
  "event report",
  "event outcome",
  "event final",
  "answer",
] as const;

type Method = (...args: readonly unknown[]) => unknown;

const never = new Promise<never>(() => {});

/**
 * Wraps a study and an engine for one coordinator process, which may crash: afterwards no call through them ever
 * settles.
 */
export function faultInjector(clock: VirtualClock, at: FaultAt) {
  let isDead = false;
  const pass = (point: string): Fault => {
    if (isDead) return "crash";
    const fault = at(point);
    isDead ||= fault === "crash";
    return fault;
  };

  async function call<T>(name: string, write: () => Promise<T>): Promise<T> {
    const before = pass(`${name} before`);
    if (before === "crash") return never;
    if (before !== "nothing") throw new StoreError("store", `simulated: ${before}`, { passing: true });
    const release = clock.hold();
    const result = await write().finally(release);
    return pass(`${name} after`) === "crash" ? never : result;
  }

  /** Wraps the methods that have points. */
  function wrap<Methods extends object>(methods: Methods): Methods {
    const all = (Object.entries(methods) as [string, Method][]).map(([name, method]) => {
      if (!(STORE_POINTS as readonly string[]).includes(name)) return [name, method];
      return [name, (...args: readonly unknown[]) => call(name, () => method(...args) as Promise<unknown>)];
    });
    return Object.fromEntries(all) as Methods;
  }

  return {
    /** A study as this process, its owner, sees it. */
    study: ({ id, epoch, row, reads, periodic, ...writes }: OwnedStudy): OwnedStudy => ({
      ...{ id, epoch, row },
      ...wrap(writes),
      reads: wrap(reads),
      periodic: wrap(periodic),
    }),
    /** The engine as this process sees it. */
    engine: (engine: Engine): Engine => ({
      ...engine,
      async *run(task, signal) {
        if (pass("run before") === "crash") await never;
        for await (const event of engine.run(task, signal)) {
          if (pass(`event ${event.kind} before`) === "crash") await never;
          yield withFaultyAnswer(event, pass);
          if (pass(`event ${event.kind} after`) === "crash") await never;
        }
        if (pass("run after") === "crash") await never;
      },
    }),
  };
}

function withFaultyAnswer(event: EngineEvent, pass: FaultAt): EngineEvent {
  if (event.kind !== "split" && event.kind !== "report") return event;
  return {
    ...event,
    answer(answer) {
      if (pass("answer before") === "crash") return;
      event.answer(answer);
      pass("answer after");
    },
  };
}
