/** People read a line a second at most. */
const FORWARD_MS = 1_000;

/** How far `data` has come: forwarded from time to time, and remembered in case it fails. */
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
