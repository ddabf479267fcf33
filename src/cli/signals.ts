import type { RunControl } from "../coordinator/control.ts";
import type { StudyEvent } from "../coordinator/events.ts";

/** What the user's Ctrl-C, and the system's SIGTERM and SIGHUP, mean. */

const EXIT_STOPPED = 130;
const ENDING = ["SIGTERM", "SIGHUP"] as const;

/** While a study is being prepared there is nothing to save: ends at once. Hosts end with their parent. */
export function exitOnSignals(say: (text: string) => void): { remove(): void } {
  return listen(end, end);
  function end(): void {
    say("belay: stopped before the study ran: nothing was recorded");
    process.exit(EXIT_STOPPED);
  }
}

/** Ctrl-C once: no new trials, running splits finish; twice, or SIGTERM and SIGHUP: end now. */
export function stopOnSignals(
  control: RunControl,
  tell: (event: Extract<StudyEvent, { kind: "stopping" }>) => void,
): { remove(): void } {
  return listen(
    () => stop(control.stopping),
    () => stop(true),
  );
  function stop(now: boolean): void {
    tell({ kind: "stopping", now });
    if (now) control.stopNow();
    else control.stop();
  }
}

function listen(interrupt: () => void, end: () => void): { remove(): void } {
  process.on("SIGINT", interrupt);
  for (const signal of ENDING) process.on(signal, end);
  return {
    remove() {
      process.off("SIGINT", interrupt);
      for (const signal of ENDING) process.off(signal, end);
    },
  };
}
