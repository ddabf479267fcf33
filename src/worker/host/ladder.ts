import { afterAwake } from "../../core/timer.ts";
import type { Rung } from "../protocol.ts";

/** How long a trial may take to acknowledge an abort. */
export const ACKNOWLEDGE_MS = 100;
/** How long after `terminate` a trial is killed. JavaScript ends within milliseconds then; native code may not. */
const TERMINATE_MS = 50;

/** The actions of the ladder. */
export interface LadderActions {
  /** Fires the trial's `signal`. */
  readonly abort: () => void;
  /** Ends the trainer, whose exit ends the host. Native code can delay this forever. */
  readonly terminate: () => void;
  /** Kills the whole process group; null for a host in the coordinator's own process. */
  readonly kill: (() => void) | null;
  /** Called before each action. */
  readonly announce: (rung: Rung) => void;
}

/**
 * The ladder, by which a host ends its trial. The first rung is abort. A trial that does not acknowledge it within
 * 100 ms is terminated; one that does has the grace to clean up before. The process group is killed 50 ms after
 * terminate, and in any case 100 ms plus the grace after abort.
 */
export function ladder(graceMs: number, actions: LadderActions) {
  const cancels: (() => void)[] = []; // they cancel the timers
  let done = false;
  const kill = (): void => {
    if (done || !actions.kill) return;
    done = true;
    actions.announce("sigkill");
    actions.kill();
  };
  const terminate = (): void => {
    if (done) return;
    actions.announce("terminate");
    actions.terminate();
    cancels.push(afterAwake(TERMINATE_MS, kill));
  };
  return {
    start(): void {
      actions.announce("abort");
      actions.abort();
      cancels.push(afterAwake(ACKNOWLEDGE_MS, terminate), afterAwake(ACKNOWLEDGE_MS + graceMs, kill));
    },
    /** The trial has acknowledged the abort: it gets the grace before it is terminated. */
    acknowledged(): void {
      const [cancelTerminate] = cancels;
      if (done || !cancelTerminate) return;
      cancelTerminate();
      cancels[0] = afterAwake(graceMs, terminate);
    },
    /** Stops the ladder, because the trial has ended. */
    stop(): void {
      done = true;
      for (const cancel of cancels) cancel();
    },
  };
}
