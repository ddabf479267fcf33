import { Worker } from "node:worker_threads";
import { entryUrl } from "../core/entry-url.ts";
import { BelayError } from "../core/error.ts";
import type { AskContext, Suggestion } from "../core/search/sampler.ts";
import type { Answer, AskerBoot, Thrown } from "./protocol.ts";
import { historySender } from "./seen.ts";

/** What an ask gets from a thread that has ended before it answered. */
export const LOST = Symbol("lost");

/** A thread in which a sampler is asked. */
export interface AskerThread {
  /**
   * Rejects with what the sampler has thrown.
   *
   * @returns `LOST` when the thread has ended, as it does when it has no memory left.
   */
  ask(context: Pick<AskContext, "history" | "number" | "trials">): Promise<Suggestion | null | typeof LOST>;
  /** Ends the thread, whatever it does. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (suggestion: Suggestion | null | typeof LOST) => void;
  readonly reject: (error: unknown) => void;
}

export function startAskerThread(boot: AskerBoot): AskerThread {
  const worker = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot, name: "sampler" });
  const describe = historySender();
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let isOver = false;
  let isClosing = false;
  worker.on("message", (answer: Answer) => {
    const { resolve, reject } = waiting.get(answer.id)!;
    waiting.delete(answer.id);
    // Its end is waited for, and has to keep the process alive: an answer may still come before.
    if (waiting.size === 0 && !isClosing) worker.unref();
    if ("thrown" in answer) reject(errorOf(answer.thrown));
    else resolve(answer.suggestion);
  });
  worker.on("error", () => {}); // it ends, and its asks are lost
  worker.on("exit", () => {
    isOver = true;
    for (const { resolve } of waiting.values()) resolve(LOST);
    waiting.clear();
  });
  worker.unref();
  return {
    ask({ history, number, trials }) {
      if (isOver) return Promise.resolve(LOST);
      return new Promise((resolve, reject) => {
        const id = count++;
        waiting.set(id, { resolve, reject });
        worker.ref(); // nothing else may keep the process alive before its first trial
        worker.postMessage({ id, number, trials, ...describe(history) });
      });
    },
    async close() {
      isClosing = true;
      await worker.terminate();
    },
  };
}

function errorOf(thrown: Thrown): unknown {
  return thrown.code === null ? thrown.error : new BelayError(thrown.code, thrown.message);
}
