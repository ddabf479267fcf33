import type { Engine, EngineEvent } from "../core/engine.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import { StoreError } from "../store/store-error.ts";
import type { VirtualClock } from "./clock.ts";

/** What happens at a named point of the coordinator's loop. `crash`: its process is dead from then on. */
export type Happening = "nothing" | "crash" | "busy" | "full" | "read-only";

/**
 * Chooses what happens at a point, by its name: `recordSplit before` (the write has not been made), `recordSplit after` (it
 * has been made, and its caller does not know yet), `event split before`, `answer after` ... After `crash` it is not called
 * again.
 */
export type AtPoint = (point: string) => Happening;

/** The writes and reads of a run, each with a point before and after. */
export const STORE_POINTS = [
  "heartbeat",
  "settle",
  "waiting",
  "nextNumber",
  "enqueue",
  "startTrial",
  "startAttempt",
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

/** The messages between coordinator and engine, each with a point before and after. */
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

/** One life of a coordinator's process: after its crash no call that passes through here ever settles. */
export function mortal(clock: VirtualClock, at: AtPoint) {
  let isDead = false;
  const pass = (point: string): Happening => {
    if (isDead) return "crash";
    const happening = at(point);
    isDead ||= happening === "crash";
    return happening;
  };

  async function call<T>(name: string, write: () => Promise<T>): Promise<T> {
    const before = pass(`${name} before`);
    if (before === "crash") return never;
    if (before !== "nothing") throw new StoreError("store", `simulated: ${before}`, { passing: true });
    const release = clock.hold();
    const result = await write().finally(release);
    return pass(`${name} after`) === "crash" ? never : result;
  }

  /** The same methods; those that have points pass through them. */
  function through<Methods extends object>(methods: Methods): Methods {
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
      ...through(writes),
      reads: through(reads),
      periodic: through(periodic),
    }),
    /** The engine as this process sees it. */
    engine: (engine: Engine): Engine => ({
      ...engine,
      capacity: engine.capacity,
      async *run(task, signal) {
        if (pass("run before") === "crash") await never;
        for await (const event of engine.run(task, signal)) {
          if (pass(`event ${event.kind} before`) === "crash") await never;
          yield withMortalAnswer(event, pass);
          if (pass(`event ${event.kind} after`) === "crash") await never;
        }
        if (pass("run after") === "crash") await never;
      },
    }),
  };
}

function withMortalAnswer(event: EngineEvent, pass: AtPoint): EngineEvent {
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
