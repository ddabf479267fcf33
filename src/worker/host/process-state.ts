import { getPriority } from "node:os";
import { openNewestPid } from "../../machine/busy.ts";
import type { Meter } from "../../machine/meter.ts";

/**
 * Compares the host's process after each trial with its state before the first one: its child processes and its
 * priority. Processes that the study's import, `data` and `splits` have started are not a trial's.
 */
export function processState(meter: Meter | null) {
  const newestPid = openNewestPid();
  let first: { readonly known: ReadonlySet<number>; readonly nice: number } | null = null;
  let newest: number | null = null;

  /** The number of living processes, daemons included, that this host has started since its first trial. */
  const started = (known: ReadonlySet<number>): number => {
    const latest = newestPid();
    // While no process has started on this machine there is nothing to look for.
    if (latest !== null && latest === newest) return 0;
    newest = latest;
    return meter?.descendants(process.pid).filter((pid) => !known.has(pid)).length ?? 0;
  };

  return {
    /** Called before each trial. */
    begin(): void {
      if (!meter || first) return;
      const known = new Set(meter.descendants(process.pid));
      first = { known, nice: getPriority() };
      newestPid(); // opens its file before the open files are counted
    },
    /** What trials have left behind, in words. */
    leftovers(): string[] {
      if (!first) return [];
      const leftovers: string[] = [];
      const processes = started(first.known);
      if (processes > 0) leftovers.push(`${processes} child processes`);
      const nice = getPriority();
      if (nice !== first.nice) leftovers.push(`priority ${nice} instead of ${first.nice}`);
      return leftovers;
    },
  };
}
