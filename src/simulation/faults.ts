import Database from "better-sqlite3";
import type { Engine, EngineEvent } from "../core/engine.ts";
import { toStoreError } from "../store/fault.ts";
import type { Store } from "../store/store.ts";
import type { VirtualClock } from "./clock.ts";

/** What happens at a named point of the coordinator's loop. `crash`: its process is dead from here on. */
export type Happening = "nothing" | "crash" | "busy" | "full" | "read-only";

/**
 * Asked at every point, by name: `recordSplit before` (the write was not made), `recordSplit after` (it was made, and
 * its caller does not know yet), `event split before`, `answer after` ... Once it has said `crash` it is not asked again.
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
  "updateStudy",
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

const CODES = { busy: "SQLITE_BUSY", full: "SQLITE_FULL", "read-only": "SQLITE_READONLY" } as const;
const never = new Promise<never>(() => {});

/** One life of a coordinator's process: what passes through here stops for good at its crash. */
export function mortal(clock: VirtualClock, at: AtPoint) {
  let isDead = false;
  const pass = (point: string): Happening => {
    if (isDead) return "crash";
    const happening = at(point);
    isDead ||= happening === "crash";
    return happening;
  };

  async function call<T>(store: Store, name: string, write: () => Promise<T>): Promise<T> {
    const before = pass(`${name} before`);
    if (before === "crash") return never;
    if (before !== "nothing")
      throw toStoreError(store.file, new Database.SqliteError("simulated", CODES[before]));
    const release = clock.hold();
    const result = await write().finally(release);
    return pass(`${name} after`) === "crash" ? never : result;
  }

  return {
    /** The store as this process sees it. */
    store: (store: Store): Store =>
      new Proxy(store, {
        get(target, name: keyof Store) {
          const member = target[name];
          if (!(STORE_POINTS as readonly string[]).includes(name) || typeof member !== "function")
            return member;
          return (...args: unknown[]) =>
            call(target, name, () => Reflect.apply(member, target, args) as Promise<unknown>);
        },
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
