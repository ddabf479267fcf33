/** How people and clocks reach into a run: no new trials, or an end at once. */
export function runControl() {
  const now = new AbortController();
  let stopping = false;
  let paused = false;
  let wake: () => void = () => {};
  let change = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const changed = (): void => {
    wake();
    change = new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  return {
    /** No new trials; running ones finish their split and wait for a resume. */
    stop(): void {
      stopping = true;
      changed();
    },
    /** Every attempt ends at once; nothing that was recorded is lost. */
    stopNow(): void {
      stopping = true;
      now.abort();
      changed();
    },
    /** No new trials until `resume`; running ones go on. */
    pause(): void {
      paused = true;
    },
    resume(): void {
      paused = false;
      changed();
    },
    get paused() {
      return paused;
    },
    /** Lets the loop look again. */
    wake: changed,
    get stopping() {
      return stopping;
    },
    get now(): AbortSignal {
      return now.signal;
    },
    /** Settles at the next change. */
    get changed(): Promise<void> {
      return change;
    },
  };
}

export type RunControl = ReturnType<typeof runControl>;
