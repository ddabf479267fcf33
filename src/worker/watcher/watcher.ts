import { Worker } from "node:worker_threads";
import { entryUrl } from "../../core/entry-url.ts";
import type {
  FromWatcher,
  ToWatcher,
  WatchedHost,
  WatcherBoot,
  WatcherEvent,
  WatcherKill,
} from "./protocol.ts";

/**
 * How long `watch` messages are held back, so that only the last one about a slot is sent: between two trials each
 * message would delay the next trial. The watcher looks at its hosts every 100 ms, so it loses nothing.
 */
const BATCH_MS = 5;

/** Starts the watcher thread. */
export function startWatcher(boot: WatcherBoot, listener: (event: WatcherEvent) => void) {
  const worker = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot });
  const kills = new Map<number, WatcherKill>();
  const pings = new Map<number, () => void>();
  let pingCount = 0;
  let isOver = false;
  let isStopping = false;
  worker.on("message", (message: FromWatcher) => {
    if (message.kind === "kill") kills.set(message.pid, message);
    else if (message.kind === "pong") {
      pings.get(message.id)?.();
      pings.delete(message.id);
      if (pings.size === 0 && !isStopping) worker.unref(); // its end is waited for, and has to keep the process alive
    } else listener(message);
  });
  worker.on("error", (error) => {
    throw error; // a run must not go on without its watcher
  });
  worker.on("exit", () => {
    isOver = true;
    for (const answer of pings.values()) answer();
  });
  worker.unref();
  const post = (message: ToWatcher): void => worker.postMessage(message);
  const waiting = new Map<number, WatchedHost>(); // by slot
  let timer: NodeJS.Timeout | null = null;
  const postWaiting = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    for (const host of waiting.values()) post({ kind: "watch", host });
    waiting.clear();
  };
  const sync = async (): Promise<void> => {
    if (isOver) return;
    postWaiting();
    await new Promise<void>((answer) => {
      const id = pingCount++;
      pings.set(id, answer);
      worker.ref(); // keeps the process alive: while the brake is on there may be no host that does
      post({ kind: "ping", id });
    });
  };
  return {
    watch(host: WatchedHost): void {
      waiting.set(host.slot, host);
      timer ??= setTimeout(postWaiting, BATCH_MS);
    },
    unwatch(slot: number): void {
      waiting.delete(slot);
      post({ kind: "unwatch", slot });
    },
    reserve: (bytes: number) => post({ kind: "reserve", bytes }),
    /** Resolves when the watcher has answered, so that all that it has found until then is passed on. */
    sync,
    /** Asks whether and why the watcher has killed a process, after its pending messages have arrived. */
    async killOf(pid: number): Promise<WatcherKill | null> {
      await sync();
      const kill = kills.get(pid) ?? null;
      kills.delete(pid);
      return kill;
    },
    async stop(): Promise<void> {
      if (timer) clearTimeout(timer);
      isStopping = true;
      await worker.terminate();
    },
  };
}
