import { openEndedChildren } from "./busy.ts";
import { belongsTo, type HostMark } from "./mark.ts";
import { processes } from "./proc.ts";
import { startTicks } from "./process.ts";

/** A process that is just being replaced by a program has no environment: what is no follower is looked at once more. */
const LOOKS = 2;

/**
 * The processes that belong to this host though they have left its family: daemons. What was seen to be one stays one,
 * whatever it does to its marks. Each process is read only when it is new, so that a look costs little more than a list of pids;
 * and none at all while it is known that there can be no daemon: this process has no child, knows of no daemon, and has waited
 * for no child, as which a daemon's parent would have ended, since all processes were looked at.
 */
export function followers(mark: HostMark) {
  const endedChildren = openEndedChildren();
  let ended: number | null = null;
  let looksLeft = LOOKS;
  const ours = new Map<number, number | null>(); // pid to when it started
  const looks = new Map<number, number>(); // at those that are none

  const canHaveNone = (kin: readonly number[]): boolean => {
    const before = ended;
    ended = endedChildren();
    const mayHave = kin.length > 0 || ours.size > 0 || ended === null || ended !== before;
    if (mayHave) looksLeft = LOOKS;
    if (looksLeft === 0) return true;
    looksLeft--;
    return false;
  };

  return {
    /** Those of the last look. */
    known: (): number[] => [...ours.keys()],
    /** @param kin - Pids that are known to be the host's, read just now: they stay so when they leave it. */
    read(kin: readonly number[]): number[] {
      if (canHaveNone(kin)) {
        looks.clear(); // by the next look a pid may be another process's
        return [];
      }
      const alive = processes();
      const known = new Set(alive);
      for (const pid of looks.keys()) if (!known.has(pid)) looks.delete(pid);
      for (const [pid, start] of ours) if (startTicks(pid) !== start) ours.delete(pid);
      for (const pid of kin) if (!ours.has(pid)) ours.set(pid, startTicks(pid));
      for (const pid of alive) {
        const count = looks.get(pid) ?? 0;
        if (pid === process.pid || ours.has(pid) || count >= LOOKS) continue;
        // What is older than the host was not started by it: a line to read, where the marks are three files.
        if (count === 0 && (startTicks(pid) ?? mark.since) < mark.since) looks.set(pid, LOOKS);
        else if (belongsTo(mark, pid)) ours.set(pid, startTicks(pid));
        else looks.set(pid, count + 1);
      }
      return [...ours.keys()];
    },
  };
}
