import { getPriority } from "node:os";
import { openEndedChildren, openNewestPid } from "../../machine/busy.ts";
import type { Meter } from "../../machine/meter.ts";

/** What a host's process is like when its first trial begins. */
interface FirstState {
  /** The processes that the study's own import, `data` and `splits` have started. */
  readonly known: ReadonlySet<number>;
  readonly nice: number;
}

/** A daemon whose program is just being loaded is not known by its marks yet. */
const LOOKS = 2;

/**
 * The host's process as its first trial finds it, to be compared after each: the processes that it has started, and
 * its priority. What the study's own import, `data` and `splits` have started stays.
 */
export function processState(meter: Meter | null) {
  const newestPid = openNewestPid();
  const endedChildren = openEndedChildren();
  let first: FirstState | null = null;
  let newest: number | null = null;
  let ended: number | null = null;
  let looksLeft = 0;

  /** How many processes live that this host has started since its first trial, its daemons included. */
  const started = (meter: Meter, { known }: FirstState): number => {
    if (isProved(meter, known)) return 0;
    return meter.descendants(process.pid).filter((pid) => !known.has(pid)).length;
  };

  /**
   * To look for daemons means to look at every process of the machine; mostly it is proved for less that there is none: nobody
   * has started anything, or this process has no child and none of its own has ended, whose child a daemon would have been.
   */
  const isProved = (meter: Meter, known: ReadonlySet<number>): boolean => {
    const latest = newestPid();
    if (latest !== null && latest === newest) return true;
    newest = latest;
    // In this order: a child that ends in between is counted.
    const hasFamily = meter.family(process.pid).length > 0;
    const before = ended;
    ended = endedChildren();
    if (ended === null || ended !== before) looksLeft = LOOKS;
    if (looksLeft > 0) looksLeft--;
    else if (!hasFamily && known.size === 0) return true;
    return false;
  };

  return {
    /** A trial begins. */
    begin(): void {
      if (!meter || first) return;
      // Before the processes are read, and so that both files are open before files are counted.
      newestPid();
      ended = endedChildren();
      first = { known: new Set(meter.descendants(process.pid)), nice: getPriority() };
    },
    /** What a trial has left behind. */
    dirt(): string[] {
      if (!meter || !first) return [];
      const dirt: string[] = [];
      const processes = started(meter, first);
      if (processes > 0) dirt.push(`${processes} child processes`);
      const nice = getPriority();
      if (nice !== first.nice) dirt.push(`priority ${nice} instead of ${first.nice}`);
      return dirt;
    },
  };
}
