import { getPriority } from "node:os";

/** What `process` and the thread itself are like, where a trial can change it for all trials after it. */
export interface ThreadState {
  readonly listeners: ReadonlyMap<string | symbol, readonly unknown[]>;
  /** Nice value of this thread: on Linux each has its own. */
  readonly priority: number;
}

// Taken now: a trial may put its own in their places.
const { eventNames, rawListeners, off, hasUncaughtExceptionCaptureCallback } = process;
const priorityOf = getPriority;

/** Remembers it as it is now. */
export function markThread(): ThreadState {
  const listeners = new Map<string | symbol, readonly unknown[]>();
  for (const event of eventNames.call(process)) listeners.set(event, listenersOf(event));
  return { listeners, priority: priorityOf() };
}

/**
 * Takes the listeners of `process` away that have come since: emscripten's modules leave one for uncaught exceptions
 * each, which would swallow what the next trial throws.
 */
export function restoreListeners({ listeners }: ThreadState): void {
  for (const event of eventNames.call(process)) {
    const known = listeners.get(event) ?? [];
    for (const listener of listenersOf(event))
      if (!known.includes(listener)) off.call(process, event, listener as () => void);
  }
}

/** What is not as it was, and cannot be put back. */
export function changedThread({ listeners, priority }: ThreadState): string[] {
  const changed: string[] = [];
  for (const [event, known] of listeners) {
    const now = listenersOf(event);
    if (now.length < known.length) changed.push(`a listener of process "${String(event)}" removed`);
  }
  if (hasUncaughtExceptionCaptureCallback.call(process))
    changed.push("an uncaughtException capture callback");
  for (const name of ["stdout", "stderr"] as const)
    if (!process[name].writable) changed.push(`process.${name} ended`);
  const nice = priorityOf();
  if (nice !== priority) changed.push(`priority ${nice} instead of ${priority}`);
  return changed;
}

function listenersOf(event: string | symbol): readonly unknown[] {
  return rawListeners.call(process, event as "exit");
}
