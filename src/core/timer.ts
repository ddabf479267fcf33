/** Node's timers are 31 bits wide: a longer delay, from 24.8 days on, would be over at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls back once after any delay. Every delay that is not a constant of the code goes through here. @returns a function that calls it off. */
export function after(delayMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : callback()), stepMs);
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}

/** A timer that is over by more than this says that nothing could run meanwhile. */
export const PAUSE_MS = 2_000;
const STEP_MS = 500;

/**
 * Calls back once after any delay, of time in which this process could run: a container that was paused goes on where it was,
 * and what others have had no time to answer is not held against them. @returns a function that calls it off.
 */
export function afterAwake(delayMs: number, callback: () => void): () => void {
  let cancel: () => void;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, STEP_MS);
    const began = performance.now();
    cancel = after(stepMs, () => {
      const elapsedMs = performance.now() - began;
      const restMs = leftMs - (elapsedMs > stepMs + PAUSE_MS ? stepMs : Math.max(stepMs, elapsedMs));
      if (restMs > 0) wait(restMs);
      else callback();
    });
  };
  wait(delayMs);
  return () => cancel();
}
