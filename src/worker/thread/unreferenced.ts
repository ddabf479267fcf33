import type { Worker } from "node:worker_threads";

/**
 * Tracks timers, immediates, servers, sockets and file watchers after `unref`, and worker_threads. Node does not list
 * them, since they do not keep the process alive, but their callbacks would run in the next trial. They are recorded
 * when they are unreferenced, and worker_threads when they start. Those of Node's own modules (kept connections of
 * `fetch`, the timer of `AbortSignal.timeout`) are ignored.
 */
export interface Unreferenced {
  /** The number of active ones, by kind. */
  count(): Map<string, number>;
}

/** Node's class of timers and immediates. `_destroyed` is true when it has fired for the last time or was cleared. */
interface Timer {
  hasRef(): boolean;
  unref(): Timer;
  readonly _destroyed?: boolean;
}

/** Node's class of libuv handles. */
interface Handle {
  hasRef(): boolean;
  ref(): void;
  unref(): void;
}

interface Binding {
  readonly TCP?: { readonly prototype: object };
  readonly FSEvent?: { readonly prototype: { start(...args: unknown[]): unknown } };
}

// Kept from here on, because a trial may replace them.
const parentOf = Object.getPrototypeOf;
const hasOwn = Object.hasOwn;
const SOCKETS = new Set(["TCP", "Pipe", "TLSWrap"]);
/** The number of recorded timers above which ended ones are removed. */
const TIDY_ABOVE = 1_000;

/** Starts to track. Call it once in a thread, before any code of a study. */
export function trackUnreferenced(): Unreferenced {
  const timers = new Set<Timer>();
  const handles = new Set<Handle>();
  const workers = new Set<Worker>();
  trackTimers(timers);
  const unref = trackHandles(handles);
  process.on("worker", (worker: Worker) => {
    workers.add(worker);
  });
  return {
    count() {
      const counts = new Map<string, number>();
      const add = (kind: string): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
      tidy(timers);
      for (const timer of timers) if (!timer.hasRef()) add(timer.constructor.name);
      for (const handle of handles) {
        const state = stateOf(handle, unref);
        if (state === "unreferenced") add(handle.constructor.name);
        else if (state === "closed") handles.delete(handle);
      }
      for (const worker of workers) {
        if (worker.threadId === -1) workers.delete(worker);
        else add("Worker");
      }
      return counts;
    },
  };
}

function tidy(timers: Set<Timer>): void {
  for (const timer of timers) if (timer._destroyed !== false) timers.delete(timer);
}

function trackTimers(timers: Set<Timer>): void {
  const timeout = setTimeout(() => {}, 0);
  clearTimeout(timeout);
  const immediate = setImmediate(() => {});
  clearImmediate(immediate);
  let tidyAt = TIDY_ABOVE;
  for (const prototype of [parentOf(timeout), parentOf(immediate)] as Timer[]) {
    const original = prototype.unref;
    prototype.unref = function unref(this: Timer): Timer {
      if (!isNodesOwn(unref, 1)) {
        timers.add(this);
        if (timers.size > tidyAt) {
          tidy(timers);
          tidyAt = TIDY_ABOVE + 2 * timers.size;
        }
      }
      return original.call(this);
    };
  }
}

/**
 * Patches the two native methods by which a handle loses its reference. Does nothing if this Node version hides them.
 */
function trackHandles(handles: Set<Handle>): (() => void) | null {
  const { TCP } = bindingOf("tcp_wrap");
  let owner: object | null = TCP?.prototype ?? null;
  while (owner && !hasOwn(owner, "unref")) owner = parentOf(owner);
  const prototype = owner as Handle | null;
  if (!prototype) return null;
  const original = prototype.unref;
  prototype.unref = function unref(this: Handle): void {
    // The first caller is the class around the handle. Of Node's own handles only sockets are unreferenced and kept.
    if (!SOCKETS.has(this.constructor.name) || !isNodesOwn(unref, 2)) handles.add(this);
    original.call(this);
  };
  const watcher = bindingOf("fs_event_wrap").FSEvent?.prototype;
  if (watcher) {
    const { start } = watcher;
    watcher.start = function (this: Handle, ...args: unknown[]): unknown {
      const [, isPersistent] = args;
      if (isPersistent === false) handles.add(this);
      return start.apply(this, args);
    };
  }
  return original;
}

/** The native classes behind `net` and `fs.watch`, which no public module exports. */
function bindingOf(name: string): Binding {
  try {
    return (process as unknown as { binding(name: string): Binding }).binding(name);
  } catch {
    return {};
  }
}

/** The state of a handle. A closed one is recognised by `ref`, which has no effect on it. */
function stateOf(handle: Handle, unref: (() => void) | null): "referenced" | "unreferenced" | "closed" {
  if (handle.hasRef()) return "referenced";
  handle.ref();
  if (!handle.hasRef()) return "closed";
  unref?.call(handle);
  return "unreferenced";
}

/** Whether all callers up to this depth are in Node's own modules. */
function isNodesOwn(below: (...args: never[]) => unknown, depth: number): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_error, sites) =>
      sites.every((site) => site.getFileName()?.startsWith("node:"));
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, below);
    return holder.stack === true;
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
}
