/** The longest delay of a timer in Node, 24.8 days. With a longer one it would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls back once after a delay of any length. Every delay that is not a constant in the code must use this function.
 *
 * @returns a function that cancels the call.
 */
export function after(delayMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, MAX_TIMER_MS);
    timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : callback()), stepMs);
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}

/** A timer that fires late by more than this shows that the process could not run meanwhile. */
export const PAUSE_MS = 2_000;
const STEP_MS = 500;

/**
 * Calls back once after `delayMs` of time in which this process could run. The pause of a container does not count, so
 * that nobody is judged late for an answer that could not be given during the pause.
 *
 * @returns a function that cancels the call.
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
