import { Worker } from "node:worker_threads";
import { entryUrl } from "../../core/entry-url.ts";
import type {
  Answer,
  Call,
  FromThread,
  News,
  OrderCall,
  QuickCall,
  SlowCall,
  ThreadBoot,
  ToThread,
} from "./protocol.ts";

/** A thread that reads a database. */
export interface ReadingThread<Known extends Call> {
  /** Never rejects: what went wrong is an answer too. */
  ask(call: Known): Promise<Answer>;
  /** @param studies - Those that pages look at; null: no page is open, so that nothing has to be watched. */
  watch(studies: readonly string[] | null): void;
  close(): Promise<void>;
}

/** What hears of a thread. */
export interface ThreadListeners {
  /** Told of errors that are defects of Belay. */
  readonly onDefect: (error: unknown) => void;
  /** Told of what the quick thread sees. @default nobody */
  readonly onNews?: (news: News) => void;
}

const ENDED: Answer = {
  kind: "refused",
  status: 503,
  message:
    "the thread that reads the database has ended, as it does without memory; the next request starts another",
};

/** The quick thread of a database, which starts at the first call, and again when it has ended. */
export function quickThread(db: string, listeners: ThreadListeners): ReadingThread<QuickCall> {
  return readingThread({ db, role: "quick" }, listeners);
}

/** The slow thread of a database, which starts at the first call, and again when it has ended. */
export function slowThread(db: string, listeners: ThreadListeners): ReadingThread<SlowCall> {
  return readingThread({ db, role: "slow" }, listeners);
}

/** The thread that sends orders, which starts at the first one: an answer is waited for, and a lock. */
export function actingThread(db: string, listeners: ThreadListeners): ReadingThread<OrderCall> {
  return readingThread({ db, role: "act" }, listeners);
}

function readingThread(boot: ThreadBoot, { onDefect, onNews }: ThreadListeners): ReadingThread<Call> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let worker: Worker | null = null;
  let watched: readonly string[] | null = null;
  let isClosing = false;
  let count = 0;

  function start(): Worker {
    const started = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot, name: boot.role });
    started.on("message", (message: FromThread) => {
      if ("news" in message) return onNews?.(message.news);
      if (message.defect !== undefined) onDefect(message.defect);
      waiting.get(message.id)?.(message.answer);
      waiting.delete(message.id);
    });
    started.on("error", (error) => {
      if (!isClosing) onDefect(error); // it ends, and its calls are answered so
    });
    started.on("exit", () => {
      if (worker === started) worker = null;
      for (const resolve of waiting.values()) resolve(ENDED);
      waiting.clear();
    });
    if (watched !== null) started.postMessage({ watch: watched } satisfies ToThread);
    return started;
  }

  return {
    ask(call) {
      return new Promise((resolve) => {
        if (isClosing) return resolve(ENDED);
        worker ??= start();
        const id = count++;
        waiting.set(id, resolve);
        worker.postMessage({ id, call } satisfies ToThread);
      });
    },
    watch(studies) {
      watched = studies;
      if (isClosing) return;
      if (worker) worker.postMessage({ watch: studies } satisfies ToThread);
      else if (studies !== null) worker = start();
    },
    async close() {
      isClosing = true;
      await worker?.terminate();
    },
  };
}
