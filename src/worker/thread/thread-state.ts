import { getPriority } from "node:os";

/** The state of `process` and of the thread that a trial may change for all later trials. */
export interface ThreadState {
  readonly listeners: ReadonlyMap<string | symbol, readonly unknown[]>;
  /** The nice value of this thread; on Linux each thread has its own. */
  readonly priority: number;
}

// Kept from here on, because a trial may replace them.
const { eventNames, rawListeners, off, hasUncaughtExceptionCaptureCallback } = process;
const priorityOf = getPriority;

/** Records the current state. */
export function markThread(): ThreadState {
  const listeners = new Map<string | symbol, readonly unknown[]>();
  for (const event of eventNames.call(process)) listeners.set(event, listenersOf(event));
  return { listeners, priority: priorityOf() };
}

/**
 * Removes the listeners of `process` that were added since the mark. Emscripten modules leave one for uncaught
 * exceptions each, which would swallow the errors of the next trial.
 */
export function restoreListeners({ listeners }: ThreadState): void {
  for (const event of eventNames.call(process)) {
    const known = listeners.get(event) ?? [];
    for (const listener of listenersOf(event))
      if (!known.includes(listener)) off.call(process, event, listener as () => void);
  }
}

/** The changes since the mark that cannot be undone, in words. */
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
