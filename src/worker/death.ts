import type { EngineEnd } from "../core/engine.ts";
import { type MemoryReading, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { BEACON_REASONS, type Beacon } from "./beacon.ts";
import type { HostExit } from "./link.ts";
import type { Rung } from "./protocol.ts";
import { duringSplit, outcomeOf } from "./verdict.ts";

/** What is known about a host that died before it sent the outcome of its trial. */
export interface Evidence {
  readonly exit: HostExit;
  /** The outcome that the host's guard had decided on, if its message has arrived. */
  readonly guarded: Outcome | null;
  readonly rung: Rung | null;
  /** The outcome for which the watcher has killed the host; null if it has not. */
  readonly killedByWatcher: Outcome | null;
  /** The host's last beacon; null if there is none. */
  readonly beacon: Beacon | null;
  /** The last split that is known to have begun; -1 before the first. */
  readonly split: number;
  /** The coordinator has aborted the attempt. */
  readonly wasAborted: boolean;
  /** The coordinator has killed the host, for a reason that is not the trial's. */
  readonly wasKilled: boolean;
  /** How many processes the kernel has killed for lack of memory since the trial began. */
  readonly kernelKills: number;
  readonly memoryBytes: number | null;
}

/** Determines how the trial ended: by the first decision to end it, or else by the exit of its host. */
export function endOfDead(evidence: Evidence): EngineEnd {
  const { guarded, beacon, killedByWatcher, rung } = evidence;
  const decided = guarded ?? verdictOf(beacon);
  if (decided)
    return withRung(
      decided,
      killedByWatcher ? "sigkill" : (rung ?? "sigkill"),
      killedByWatcher ? "watcher" : null,
    );
  if (evidence.wasAborted) return { state: "interrupted" };
  return killedByWatcher ?? byExit(evidence);
}

/** Adds to a guard's prune the rung of the ladder on which the trial ended, and who ended it. */
export function withRung(end: EngineEnd, rung: Rung | null, by: string | null = null): EngineEnd {
  if (end.state !== "pruned" || rung === null || !("by" in end.detail)) return end;
  return { ...end, detail: { ...end.detail, rung, ...(by ? { by } : {}) } };
}

/** The outcome of the guard's verdict in the beacon, which survives when the guard's message is lost with its host. */
function verdictOf(beacon: Beacon | null): Outcome | null {
  const reason = beacon ? BEACON_REASONS[beacon.verdict] : undefined;
  if (!beacon || !reason || reason === "setup-timeout") return null;
  return outcomeOf({ reason, limit: beacon.verdictLimit, seen: beacon.verdictSeen }, beacon.split);
}

/** The outcome of a trial that nobody has decided to end, by the exit of its host. */
function byExit({ exit, beacon, split, wasKilled, kernelKills, memoryBytes }: Evidence): Outcome {
  const during = { during: duringSplit(split) };
  if (outOfHeap(exit)) return { state: "fail", reason: "heap", detail: { ...during, by: "v8" }, error: null };
  if (exit.signal === "SIGKILL" && kernelKills > 0 && !wasKilled) {
    const detail = {
      limitBytes: memoryBytes,
      seenBytes: beacon && beacon.rssBytes > 0 ? beacon.rssBytes : null,
      ...during,
      by: "kernel",
    };
    return { state: "pruned", reason: "memory-limit", detail };
  }
  if (exit.signal)
    return { state: "fail", reason: "crash", detail: { signal: exit.signal, ...during }, error: null };
  return { state: "fail", reason: "exit", detail: { exitCode: exit.code, ...during }, error: null };
}

/** Whether V8 reported, before it aborted the process, that its heap was exhausted. */
export function outOfHeap({ stderr }: HostExit): boolean {
  return /JavaScript heap out of memory|Reached heap limit|invalid table size/i.test(stderr);
}

/** The last known memory of a dead host: from its beacon, and from `known` where the beacon has nothing. */
export function lastMemory(known: MemoryReading, beacon: Beacon | null): MemoryReading {
  if (!beacon || beacon.rssBytes <= 0) return known;
  return {
    ...UNKNOWN_MEMORY,
    ...known,
    rssBytes: beacon.rssBytes,
    baselineBytes: beacon.baselineBytes,
    peakBytes: Math.max(beacon.peakBytes, known.peakBytes ?? 0),
  };
}
