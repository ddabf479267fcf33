import { type RunControl, runControl } from "../coordinator/control.ts";
import type { Listen } from "../launch/events.ts";

/** What Ctrl-C, SIGTERM and SIGHUP do to a run. */

const EXIT_STOPPED = 130;
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** What is called at a signal: `say` with a last line before the process ends, `listen` when a run stops. */
interface SignalListeners {
  readonly say: (text: string) => void;
  readonly listen: Listen;
}

/**
 * Lets signals stop a run. Until the run begins there is nothing to save, so the process ends at once, and hosts end with
 * it. After that one Ctrl-C stops the start of trials, and running splits finish; a second one, SIGTERM or SIGHUP end the
 * run now.
 */
export function controlBySignals({ say, listen }: SignalListeners) {
  const control: RunControl = runControl();
  let handlers = onSignals(exit, exit);

  function exit(): void {
    say("belay: stopped before the study ran: nothing was recorded");
    process.exit(EXIT_STOPPED);
  }
  function stop(now: boolean): void {
    listen({ kind: "stopping", now });
    if (now) control.stopNow();
    else control.stop();
  }

  return {
    control,
    /** Lets signals stop the run from now on, instead of ending the process. */
    begin(): void {
      const before = handlers;
      handlers = onSignals(
        () => stop(control.stopping),
        () => stop(true),
      );
      before.remove(); // after the new ones are there, so that a Ctrl-C always finds a handler
    },
    remove: () => handlers.remove(),
  };
}

function onSignals(interrupt: () => void, end: () => void): { remove(): void } {
  process.on("SIGINT", interrupt);
  for (const signal of ENDING) process.on(signal, end);
  return {
    remove() {
      process.off("SIGINT", interrupt);
      for (const signal of ENDING) process.off(signal, end);
    },
  };
}
