/** Progress is forwarded once a second, since people read no faster. */
const FORWARD_MS = 1_000;

/** Forwards the progress of `data` at intervals, and keeps the last one for the message of a failure. */
export function setupProgress(forward: (text: string) => void) {
  let last: string | null = null;
  let forwardedMs = Number.NEGATIVE_INFINITY;
  return {
    note(text: string): void {
      last = text;
      const now = performance.now();
      if (now - forwardedMs < FORWARD_MS) return;
      forwardedMs = now;
      forward(text);
    },
    last: () => last,
    clear(): void {
      last = null;
    },
  };
}
