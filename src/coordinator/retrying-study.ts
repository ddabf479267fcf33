import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import { isPassing, isRefused } from "../store/store-error.ts";
import type { RunControl } from "./control.ts";
import type { Listener } from "./events.ts";

/** How long after a failed write it is tried again. */
const RETRY_MS = 1_000;

/** What comes back by itself: nobody misses one of them. */
type Routine = "heartbeat" | "recordMetrics" | "thin";

type Write =
  | "startTrial"
  | "startAttempt"
  | "recordStart"
  | "recordSplit"
  | "recordReport"
  | "finish"
  | "interrupt"
  | "event"
  | "answerCommand"
  | "enqueue"
  | "updateStudy"
  | "release";

/**
 * A store whose writes wait for better times: while the disk is full, cannot be written, or another program holds the
 * file, what is to be recorded stays with its writer, which tries again every second. The run pauses with its trials,
 * because no trial goes on before what it has told is recorded. Once the run is to stop, a write that fails is not tried again.
 *
 * What comes back by itself is left out meanwhile: the others tell of the trouble.
 */
export function patientStore(store: Store, clock: Clock, control: RunControl, listen: Listener): Store {
  let troubled = 0;

  async function patiently<T>(write: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await write();
        if (tries > 0 && --troubled === 0) listen({ kind: "store-mended" });
        return result;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (control.stopping) throw error;
        if (tries === 0 && ++troubled === 1)
          listen({ kind: "store-waits", message: (error as Error).message });
        await pause();
      }
    }
  }

  /** Waits for the next try, or until the run is to stop. */
  async function pause(): Promise<void> {
    let cancel = (): void => {};
    const elapsed = new Promise<void>((resolve) => {
      cancel = clock.after(RETRY_MS, resolve);
    });
    await Promise.race([elapsed, control.changed]);
    cancel();
  }

  const patient =
    <K extends Write>(name: K) =>
    (...args: Parameters<Store[K]>): ReturnType<Store[K]> =>
      patiently(() => Reflect.apply(store[name], store, args) as Promise<unknown>) as ReturnType<Store[K]>;

  const routine =
    <K extends Routine>(name: K) =>
    (...args: Parameters<Store[K]>): ReturnType<Store[K]> =>
      (Reflect.apply(store[name], store, args) as Promise<unknown>).catch((error: unknown) => {
        if (!isPassing(error) && !isRefused(error)) throw error;
        return 0;
      }) as ReturnType<Store[K]>;

  return {
    ...store,
    heartbeat: routine("heartbeat"),
    recordMetrics: routine("recordMetrics"),
    thin: routine("thin"),
    startTrial: patient("startTrial"),
    startAttempt: patient("startAttempt"),
    recordStart: patient("recordStart"),
    recordSplit: patient("recordSplit"),
    recordReport: patient("recordReport"),
    finish: patient("finish"),
    interrupt: patient("interrupt"),
    event: patient("event"),
    answerCommand: patient("answerCommand"),
    enqueue: patient("enqueue"),
    updateStudy: patient("updateStudy"),
    release: patient("release"),
  };
}
