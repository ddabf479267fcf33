import { afterAwake } from "../../core/timer.ts";
import type { Rung } from "../protocol.ts";

/** How long a trial that was told to end may take to acknowledge that. */
export const ACKNOWLEDGE_MS = 100;
/** JavaScript that is terminated ends within milliseconds; what lasts for longer is in native code, or gets no processor. */
const TERMINATE_MS = 50;

/** What the ladder acts on. */
export interface Climb {
  /** Tells the trial to end. */
  readonly abort: () => void;
  /** Ends the trainer, which native code can delay for ever; its exit ends the host. */
  readonly terminate: () => void;
  /** Ends the whole process group at once; null where there is none, in the coordinator's own process. */
  readonly kill: (() => void) | null;
  readonly tell: (rung: Rung) => void;
}

/**
 * The ladder: abort; without an acknowledgement within 100 ms terminate, with one the trial has the grace to clean
 * up; 50 ms after terminate the process group is killed, and at 100 ms plus grace whatever happened. Each rung is told
 * before it is taken.
 */
export function ladder(graceMs: number, climb: Climb) {
  const timers: (() => void)[] = []; // what calls them off
  let done = false;
  const top = (): void => {
    if (done || !climb.kill) return;
    done = true;
    climb.tell("sigkill");
    climb.kill();
  };
  const terminate = (): void => {
    if (done) return;
    climb.tell("terminate");
    climb.terminate();
    timers.push(afterAwake(TERMINATE_MS, top));
  };
  return {
    start(): void {
      climb.tell("abort");
      climb.abort();
      timers.push(afterAwake(ACKNOWLEDGE_MS, terminate), afterAwake(ACKNOWLEDGE_MS + graceMs, top));
    },
    /** The worker is alive: it has the grace, then it is terminated. */
    acknowledged(): void {
      const [first] = timers;
      if (done || !first) return;
      first();
      timers[0] = afterAwake(graceMs, terminate);
    },
    /** The trial has ended by itself. */
    stop(): void {
      done = true;
      for (const cancel of timers) cancel();
    },
  };
}
