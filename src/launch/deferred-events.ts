/** How much later listeners get an event. */
const DELAY_MS = 5;

/** Passes events on a moment later, in their order, so that what listeners do with them does not hold up the next trial. */
export function deferEvents<T>(listen: (event: T) => void) {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    const events = waiting;
    waiting = [];
    for (const event of events) listen(event);
  }

  process.on("exit", flush);
  return {
    add(event: T): void {
      waiting.push(event);
      timer ??= setTimeout(flush, DELAY_MS);
    },
    /** Passes on all waiting events now. */
    flush,
    /** Passes on all waiting events; to be called at the end of a run. */
    close(): void {
      flush();
      process.off("exit", flush);
    },
  };
}
