import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { entryUrl } from "../../core/entry-url.ts";
import { freeDiskBytes } from "../../machine/disk.ts";
import type { Listen, RunEvent } from "../events.ts";
import type { Occasion } from "./occasion.ts";
import type { Patience } from "./post.ts";
import type { MessageBoot } from "./protocol.ts";
import { troubleWatch } from "./trouble.ts";

/** While a study runs there is time, at its end people wait for the command. */
const RUNNING: Patience = { totalMs: 60_000, tryMs: 10_000, pauseMs: 1_000 };
const ENDING: Patience = { totalMs: 9_000, tryMs: 4_000, pauseMs: 500 };
/** A run waits so long for its last message, whatever the thread does that sends it. */
const END_MS = 20_000;
/** So many messages wait at most; of more, the oldest is dropped. */
const MOST_WAITING = 8;
const DISK_MS = 60_000;

/** The messages of a run to a webhook. */
export interface Webhook {
  /** Looks for trouble in an event. */
  hear(event: RunEvent): void;
  /** Sends the last message, and waits until it is delivered, but not longer than a few seconds. */
  end(occasion: Occasion): Promise<void>;
}

/**
 * Tells a webhook of trouble in a run, and of its end. Each message has a thread of its own, one after the other, so that
 * neither the summary nor a slow network holds up a trial. What cannot be delivered is a note to the listener.
 */
export function openWebhook({
  address,
  db,
  study,
  listen,
}: Pick<MessageBoot, "address" | "db" | "study"> & { readonly listen: Listen }): Webhook {
  const watch = troubleWatch();
  const waiting: MessageBoot[] = [];
  let worker: Worker | null = null;
  let isFaultTold = false;
  let idle = (): void => {};

  function send(occasion: Occasion, patience: Patience): void {
    waiting.push({ address, db, study, at: new Date().toISOString(), ...occasion, patience });
    if (waiting.length > MOST_WAITING) waiting.shift();
    next();
  }

  function next(): void {
    if (worker) return;
    const boot = waiting.shift();
    if (!boot) {
      idle();
      return;
    }
    worker = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot, name: "webhook" });
    worker.unref();
    let fault: string | null = "the thread that sends messages has ended";
    worker.on("message", (answer: string | null) => {
      fault = answer;
    });
    worker.on("error", (error) => {
      fault = error.message;
    });
    worker.on("exit", () => {
      worker = null;
      said(fault);
      next();
    });
  }

  /** Tells people once that messages are lost, until one is delivered. */
  function said(fault: string | null): void {
    if (fault !== null && !isFaultTold) listen({ kind: "note", text: `webhook: not delivered: ${fault}` });
    isFaultTold = fault !== null;
  }

  function lookAtDisk(): void {
    try {
      const trouble = watch.disk(freeDiskBytes(dirname(db)), Date.now());
      if (trouble) send({ event: "trouble", trouble }, RUNNING);
    } catch {
      // A folder that is gone is told by the run itself.
    }
  }

  const looking = setInterval(lookAtDisk, DISK_MS).unref();
  lookAtDisk();
  return {
    hear(event) {
      const trouble = watch.hear(event, Date.now());
      if (trouble) send({ event: "trouble", trouble }, RUNNING);
    },
    async end(occasion) {
      clearInterval(looking);
      waiting.length = 0; // the last message tells more than those before it
      isFaultTold = false;
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), END_MS);
      });
      const sent = new Promise<void>((resolve) => {
        idle = resolve;
      });
      send(occasion, ENDING);
      if ((await Promise.race([sent, tooLate])) === "late") {
        worker?.removeAllListeners();
        await worker?.terminate();
        said("it took too long");
      }
      clearTimeout(timer);
    },
  };
}
