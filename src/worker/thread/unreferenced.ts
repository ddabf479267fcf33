import type { Worker } from "node:worker_threads";

/**
 * Timers, immediates, servers, sockets and file watchers without a reference: they do not keep a process alive, so that
 * Node counts them nowhere, yet their callbacks run in the next trial. They are noted when they lose their reference,
 * and worker_threads when they start; what Node's own modules do for themselves (kept connections of `fetch`, the
 * timer of `AbortSignal.timeout`) is not a trial's.
 */
export interface Unreferenced {
  /** How many live now, by kind. */
  count(): Map<string, number>;
}

/** Node's class of timers and immediates: `_destroyed` once it has fired for the last time or was cleared. */
interface Timer {
  hasRef(): boolean;
  unref(): Timer;
  readonly _destroyed?: boolean;
}

/** Node's class of what libuv watches. */
interface Handle {
  hasRef(): boolean;
  ref(): void;
  unref(): void;
}

interface Binding {
  readonly TCP?: { readonly prototype: object };
  readonly FSEvent?: { readonly prototype: { start(...args: unknown[]): unknown } };
}

// Taken now: a trial may put its own in their places.
const parentOf = Object.getPrototypeOf;
const hasOwn = Object.hasOwn;
const SOCKETS = new Set(["TCP", "Pipe", "TLSWrap"]);
/** Beyond this many the list is cleared of those that are over. */
const TIDY_ABOVE = 1_000;

/** Starts to take note; to be called once in a thread, before any code of a study. */
export function noteUnreferenced(): Unreferenced {
  const timers = new Set<Timer>();
  const handles = new Set<Handle>();
  const workers = new Set<Worker>();
  noteTimers(timers);
  const unref = noteHandles(handles);
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
        else if (state === "gone") handles.delete(handle);
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

function noteTimers(timers: Set<Timer>): void {
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

/** Watches the two native methods by which a handle loses its reference; nothing where this Node hides them. */
function noteHandles(handles: Set<Handle>): (() => void) | null {
  const { TCP } = bindingOf("tcp_wrap");
  let owner: object | null = TCP?.prototype ?? null;
  while (owner && !hasOwn(owner, "unref")) owner = parentOf(owner);
  const prototype = owner as Handle | null;
  if (!prototype) return null;
  const original = prototype.unref;
  prototype.unref = function unref(this: Handle): void {
    // The first caller is the class around the handle; Node itself keeps sockets, and nothing else.
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

/** The classes behind `net` and `fs.watch`, which no public module shows. */
function bindingOf(name: string): Binding {
  try {
    return (process as unknown as { binding(name: string): Binding }).binding(name);
  } catch {
    return {};
  }
}

/** A handle that is closed cannot be given a reference any more. */
function stateOf(handle: Handle, unref: (() => void) | null): "referenced" | "unreferenced" | "gone" {
  if (handle.hasRef()) return "referenced";
  handle.ref();
  if (!handle.hasRef()) return "gone";
  unref?.call(handle);
  return "unreferenced";
}

/** Whether the callers up to this depth are Node's own modules. */
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
