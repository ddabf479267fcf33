import { readlinkSync } from "node:fs";
import { getPriority } from "node:os";
import { newestPid } from "../../guard/busy.ts";
import type { Meter } from "../../guard/meter.ts";

/**
 * The host's process as its first trial finds it, to be compared after each: the processes that it has started, its
 * priority, its folder. What the study's own import, `data` and `splits` have started stays.
 */
export function processState(meter: Meter | null) {
  let first: {
    readonly known: ReadonlySet<number>;
    readonly nice: number;
    readonly folder: string;
  } | null = null;
  let newest: number | null = null;

  /** How many processes live that this host has started since its first trial, its daemons included. */
  const started = (known: ReadonlySet<number>): number => {
    const latest = newestPid();
    // To look for daemons means to look at every process of the machine; mostly none has started meanwhile.
    if (latest !== null && latest === newest) return 0;
    newest = latest;
    return meter?.descendants(process.pid).filter((pid) => !known.has(pid)).length ?? 0;
  };

  return {
    /** A trial begins. */
    begin(): void {
      if (!meter || first) return;
      const known = new Set(meter.descendants(process.pid));
      first = { known, nice: getPriority(), folder: folderOf() };
    },
    /** What a trial has left behind. */
    dirt(): string[] {
      if (!first) return [];
      const dirt: string[] = [];
      const processes = started(first.known);
      if (processes > 0) dirt.push(`${processes} child processes`);
      if (getPriority() !== first.nice) dirt.push(`priority ${getPriority()} instead of ${first.nice}`);
      if (folderOf() !== first.folder) dirt.push(`folder ${folderOf()}`);
      return dirt;
    },
  };
}

/** The kernel's own word: `process.cwd` remembers what Node itself has set. */
function folderOf(): string {
  try {
    return readlinkSync("/proc/self/cwd");
  } catch {
    return "";
  }
}
