/** Stops a run, pauses it, or wakes its loop: used by signals, commands, timeouts, and the parts of the run themselves. */
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
    /** Starts no new trials; running ones finish their split and wait for a resume. */
    stop(): void {
      stopping = true;
      changed();
    },
    /** Ends every attempt at once; nothing that was recorded is lost. */
    stopNow(): void {
      stopping = true;
      now.abort();
      changed();
    },
    /** Starts no new trials until `resume`; running ones go on. */
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
    /** Makes the loop check again whether a trial may start. */
    wake: changed,
    get stopping() {
      return stopping;
    },
    get now(): AbortSignal {
      return now.signal;
    },
    /** Settles at the next change; after each change it is a new promise. */
    get changed(): Promise<void> {
      return change;
    },
  };
}

export type RunControl = ReturnType<typeof runControl>;
