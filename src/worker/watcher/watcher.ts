import { Worker } from "node:worker_threads";
import { entryUrl } from "../entry-url.ts";
import type { Blame, FromWatcher, ToWatcher, WatchedHost, WatcherBoot, WatcherNews } from "./protocol.ts";

/**
 * How much later the watcher hears of a host, which it looks at every 25 ms: between two trials, where each message would
 * hold up the next one, the last one is enough.
 */
const LATER_MS = 5;

/** Starts the watcher thread. */
export function startWatcher(boot: WatcherBoot, hear: (news: WatcherNews) => void) {
  const worker = new Worker(entryUrl(import.meta.url, "./entry"), { workerData: boot });
  const blames = new Map<number, Blame>();
  const pings = new Map<number, () => void>();
  let pingCount = 0;
  let isOver = false;
  worker.on("message", (message: FromWatcher) => {
    if (message.kind === "kill") blames.set(message.pid, message);
    else if (message.kind === "pong") {
      pings.get(message.id)?.();
      pings.delete(message.id);
      if (pings.size === 0) worker.unref();
    } else hear(message);
  });
  worker.on("error", (error) => {
    throw error; // without its watcher a run must not go on
  });
  worker.on("exit", () => {
    isOver = true;
    for (const answer of pings.values()) answer();
  });
  worker.unref();
  const post = (message: ToWatcher): void => worker.postMessage(message);
  const waiting = new Map<number, WatchedHost>(); // by slot
  let later: NodeJS.Timeout | null = null;
  const postWaiting = (): void => {
    if (later) clearTimeout(later);
    later = null;
    for (const host of waiting.values()) post({ kind: "watch", host });
    waiting.clear();
  };
  const answered = async (): Promise<void> => {
    if (isOver) return;
    postWaiting();
    await new Promise<void>((answer) => {
      const id = pingCount++;
      pings.set(id, answer);
      worker.ref(); // while the brake is on there may be no host, and nothing else that keeps this process waiting
      post({ kind: "ping", id });
    });
  };
  return {
    watch(host: WatchedHost): void {
      waiting.set(host.slot, host);
      later ??= setTimeout(postWaiting, LATER_MS);
    },
    unwatch(slot: number): void {
      waiting.delete(slot);
      post({ kind: "unwatch", slot });
    },
    reserve: (bytes: number) => post({ kind: "reserve", bytes }),
    /** Settles once the watcher answers: what it has seen of the machine by then is told. */
    awake: () => answered(),
    /** Whether the watcher killed this process: whatever it has told before is heard first. */
    async blame(pid: number): Promise<Blame | null> {
      await answered();
      const blame = blames.get(pid) ?? null;
      blames.delete(pid);
      return blame;
    },
    async stop(): Promise<void> {
      if (later) clearTimeout(later);
      await worker.terminate();
    },
  };
}
