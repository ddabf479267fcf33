/** How much later listeners hear what happens. */
const DELAY_MS = 5;

/** Passes events on a moment later, in their order: what listeners do with them must not hold up the next trial. */
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
    hear(event: T): void {
      waiting.push(event);
      timer ??= setTimeout(flush, DELAY_MS);
    },
    /** Passes on what waits, now. */
    flush,
    /** Passes on what is left. */
    close(): void {
      flush();
      process.off("exit", flush);
    },
  };
}
