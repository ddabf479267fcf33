import { Worker } from "node:worker_threads";
import { entryUrl } from "../../core/entry-url.ts";
import type { Answer, Ask, Call, Reply, ThreadBoot } from "./protocol.ts";

/** A thread that reads a database. */
export interface ReadingThread {
  /** Never rejects: what went wrong is an answer too. */
  ask(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

const ENDED: Answer = {
  kind: "refused",
  status: 503,
  message:
    "the thread that reads the database has ended, as it does without memory; the next request starts another",
};

/**
 * Starts a thread at the first call, and another one when it has ended.
 *
 * @param onDefect - Told of errors that are defects of Belay.
 */
export function readingThread(boot: ThreadBoot, onDefect: (error: unknown) => void): ReadingThread {
  const waiting = new Map<number, (answer: Answer) => void>();
  let worker: Worker | null = null;
  let count = 0;

  function start(): Worker {
    const started = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot, name: "reader" });
    started.on("message", ({ id, answer, defect }: Reply) => {
      if (defect !== undefined) onDefect(defect);
      waiting.get(id)?.(answer);
      waiting.delete(id);
    });
    started.on("error", () => {}); // it ends, and its calls are answered so
    started.on("exit", () => {
      if (worker === started) worker = null;
      for (const resolve of waiting.values()) resolve(ENDED);
      waiting.clear();
    });
    return started;
  }

  return {
    ask(call) {
      return new Promise((resolve) => {
        worker ??= start();
        const id = count++;
        waiting.set(id, resolve);
        worker.postMessage({ id, call } satisfies Ask);
      });
    },
    async close() {
      await worker?.terminate();
    },
  };
}
