import { type RunControl, runControl } from "../coordinator/control.ts";
import type { Listen } from "../launch/events.ts";

/** What the user's Ctrl-C, and the system's SIGTERM and SIGHUP, mean. */

const EXIT_STOPPED = 130;
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** Who hears of signals: `say` a last line before the process ends, `listen` that a run stops. */
interface SignalListeners {
  readonly say: (text: string) => void;
  readonly listen: Listen;
}

/**
 * Lets signals reach into a run. Until it begins there is nothing to save: the process ends at once, and hosts end with
 * their parent. After that Ctrl-C once: no new trials, running splits finish; twice, or SIGTERM and SIGHUP: end now.
 */
export function controlBySignals({ say, listen }: SignalListeners) {
  const control: RunControl = runControl();
  let hearing = hear(exit, exit);

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
    /** The study is about to run: from here on signals are the run's to hear. */
    begin(): void {
      const before = hearing;
      hearing = hear(
        () => stop(control.stopping),
        () => stop(true),
      );
      before.remove(); // last: a Ctrl-C always finds somebody who hears it
    },
    remove: () => hearing.remove(),
  };
}

function hear(interrupt: () => void, end: () => void): { remove(): void } {
  process.on("SIGINT", interrupt);
  for (const signal of ENDING) process.on(signal, end);
  return {
    remove() {
      process.off("SIGINT", interrupt);
      for (const signal of ENDING) process.off(signal, end);
    },
  };
}
