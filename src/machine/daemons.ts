import { openEndedChildren } from "./busy.ts";
import { belongsTo, type HostMark } from "./mark.ts";
import { processes } from "./proc.ts";
import { startTicks } from "./process.ts";

/** A process without a mark is looked at twice: in the middle of an `exec` it has no environment. */
const LOOKS = 2;

/**
 * Finds the daemons of this host: processes that it has started and that are no longer its descendants. A process once
 * found stays one, whatever it does to its marks. Each process is read only while it is new, so a search costs little
 * more than the list of all pids. The search is skipped while there can be no daemon: this process has no child and no
 * known daemon, and no child of it (a daemon's parent) has ended since the last search.
 */
export function daemonFinder(mark: HostMark) {
  const endedChildren = openEndedChildren();
  let ended: number | null = null;
  let looksLeft = LOOKS;
  const ours = new Map<number, number | null>(); // pid -> start time
  const looks = new Map<number, number>(); // pid -> how often it was looked at, for processes of others

  const canHaveNone = (descendants: readonly number[]): boolean => {
    const before = ended;
    ended = endedChildren();
    const mayHave = descendants.length > 0 || ours.size > 0 || ended === null || ended !== before;
    if (mayHave) looksLeft = LOOKS;
    if (looksLeft === 0) return true;
    looksLeft--;
    return false;
  };

  return {
    /** The processes that the last search has found. */
    known: (): number[] => [...ours.keys()],
    /**
     * Searches. @param descendants - The host's descendants, read just now; they stay known when they become daemons.
     * @returns descendants and daemons.
     */
    read(descendants: readonly number[]): number[] {
      if (canHaveNone(descendants)) {
        looks.clear(); // by the next search a pid may belong to another process
        return [];
      }
      const alive = processes();
      const known = new Set(alive);
      for (const pid of looks.keys()) if (!known.has(pid)) looks.delete(pid);
      for (const [pid, start] of ours) if (startTicks(pid) !== start) ours.delete(pid);
      for (const pid of descendants) if (!ours.has(pid)) ours.set(pid, startTicks(pid));
      for (const pid of alive) {
        const count = looks.get(pid) ?? 0;
        if (pid === process.pid || ours.has(pid) || count >= LOOKS) continue;
        // A process older than the host is not its own: reading its start takes one file, reading its marks three.
        if (count === 0 && (startTicks(pid) ?? mark.since) < mark.since) looks.set(pid, LOOKS);
        else if (belongsTo(mark, pid)) ours.set(pid, startTicks(pid));
        else looks.set(pid, count + 1);
      }
      return [...ours.keys()];
    },
  };
}
