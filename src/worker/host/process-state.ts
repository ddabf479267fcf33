import { getPriority } from "node:os";
import { openNewestPid } from "../../machine/busy.ts";
import type { Meter } from "../../machine/meter.ts";

/**
 * The host's process as its first trial finds it, to be compared after each: the processes that it has started, and
 * its priority. What the study's own import, `data` and `splits` have started stays.
 */
export function processState(meter: Meter | null) {
  const newestPid = openNewestPid();
  let first: { readonly known: ReadonlySet<number>; readonly nice: number } | null = null;
  let newest: number | null = null;

  /** How many processes live that this host has started since its first trial, its daemons included. */
  const started = (known: ReadonlySet<number>): number => {
    const latest = newestPid();
    // As long as nobody on this machine has started anything there is nothing to look for.
    if (latest !== null && latest === newest) return 0;
    newest = latest;
    return meter?.descendants(process.pid).filter((pid) => !known.has(pid)).length ?? 0;
  };

  return {
    /** A trial begins. */
    begin(): void {
      if (!meter || first) return;
      const known = new Set(meter.descendants(process.pid));
      first = { known, nice: getPriority() };
      newestPid(); // so that its file is open before files are counted
    },
    /** What a trial has left behind. */
    dirt(): string[] {
      if (!first) return [];
      const dirt: string[] = [];
      const processes = started(first.known);
      if (processes > 0) dirt.push(`${processes} child processes`);
      const nice = getPriority();
      if (nice !== first.nice) dirt.push(`priority ${nice} instead of ${first.nice}`);
      return dirt;
    },
  };
}
