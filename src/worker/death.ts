import type { EngineEnd } from "../core/engine.ts";
import { type MemoryReading, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { BEACON_REASONS, type Beacon } from "./beacon.ts";
import type { HostExit } from "./link.ts";
import type { Rung } from "./protocol.ts";
import { duringSplit, outcomeOf } from "./verdict.ts";

/** What is known about the death of a host whose trial had not told its result. */
export interface Evidence {
  readonly exit: HostExit;
  /** What the host's own guard had decided, as far as it was heard. */
  readonly guarded: Outcome | null;
  readonly rung: Rung | null;
  /** The watcher killed it, and why. */
  readonly blamed: Outcome | null;
  /** The host's last words; null without. */
  readonly beacon: Beacon | null;
  /** The last split that is known to have begun; -1 before the first. */
  readonly split: number;
  /** The coordinator wanted the attempt to end. */
  readonly wasAborted: boolean;
  /** We ended it ourselves, for no reason of the trial's. */
  readonly wasKilled: boolean;
  /** How many processes the kernel has killed for want of memory since the trial began. */
  readonly kernelKills: number;
  readonly memoryBytes: number | null;
}

/** How the trial ended: the first decision wins; without one the exit tells. */
export function endOfDead(evidence: Evidence): EngineEnd {
  const { guarded, beacon, blamed, rung } = evidence;
  const decided = guarded ?? verdictOf(beacon);
  if (decided) return withRung(decided, blamed ? "sigkill" : (rung ?? "sigkill"), blamed ? "watcher" : null);
  if (evidence.wasAborted) return { state: "interrupted" };
  return blamed ?? byExit(evidence);
}

/** The rung on which a guard's prune really ended, and by whom. */
export function withRung(end: EngineEnd, rung: Rung | null, by: string | null = null): EngineEnd {
  if (end.state !== "pruned" || rung === null || !("by" in end.detail)) return end;
  return { ...end, detail: { ...end.detail, rung, ...(by ? { by } : {}) } };
}

/** The guard's message may be lost with its host, when the coordinator was too busy to read; the beacon is not. */
function verdictOf(beacon: Beacon | null): Outcome | null {
  const reason = beacon ? BEACON_REASONS[beacon.verdict] : undefined;
  if (!beacon || !reason || reason === "setup-timeout") return null;
  return outcomeOf({ reason, limit: beacon.verdictLimit, seen: beacon.verdictSeen }, beacon.split);
}

/** A host that died without a word. */
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

/** Whether V8 said, before it aborted the process, that it had no heap left. */
export function outOfHeap({ stderr }: HostExit): boolean {
  return /JavaScript heap out of memory|Reached heap limit|invalid table size/i.test(stderr);
}

/** What a dead host held when it was last seen; what nobody has read stays as it was in `known`. */
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
