import { useEffect, useRef, useState } from "preact/hooks";
import { after } from "../../../../core/timer.ts";

/** What has been asked of the server: the answer, or why there is none. While a new one is on its way, the last stays. */
export interface Answered<T> {
  readonly answer: T | null;
  readonly error: string | null;
}

/** The shortest time between two questions of the same kind, in milliseconds. */
const PAUSE_MS = 3_000;

/**
 * Asks the server, and again when a key changes.
 *
 * @param topic - What is asked; if it changes, the last answer no longer holds.
 * @param version - The state of what is asked about; when it changes, the question is asked again soon.
 */
export function useAnswer<T>(topic: string, version: number, ask: () => Promise<T>): Answered<T> {
  const [found, setFound] = useState<Answered<T> & { readonly topic: string }>({
    ...{ topic: "", answer: null, error: null },
  });
  const last = useRef({ topic: "", atMs: 0 });
  useEffect(() => {
    let isOver = false;
    const now = (): void => {
      last.current = { topic, atMs: Date.now() };
      ask().then(
        (answer) => isOver || setFound({ topic, answer, error: null }),
        (fault: unknown) =>
          isOver ||
          setFound((before) => ({
            ...before,
            topic,
            error: fault instanceof Error ? fault.message : String(fault),
          })),
      );
    };
    const waits = last.current.topic === topic ? Math.max(0, last.current.atMs + PAUSE_MS - Date.now()) : 0;
    const cancel = after(waits, now);
    return () => {
      isOver = true;
      cancel();
    };
  }, [topic, version]);
  return found.topic === topic ? found : { answer: null, error: null };
}
