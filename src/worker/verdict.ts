import type { Outcome } from "../core/trial.ts";

/** Why a host's guard ends a trial, with the limit and what was measured, both in ms or in bytes. */
export interface GuardVerdict {
  readonly reason: "split-timeout" | "trial-timeout" | "memory-limit";
  readonly limit: number;
  readonly seen: number;
}

/** What a trial was doing, as rows tell it. @param split - The one that runs or ran last; -1 before the first. */
export function duringSplit(split: number): string {
  return split < 0 ? "start" : `split ${split}`;
}

/** The row of a verdict, which the host tells while it lives, and its beacon when it is dead. */
export function outcomeOf({ reason, limit, seen }: GuardVerdict, split: number): Outcome {
  const measured =
    reason === "memory-limit"
      ? { limitBytes: limit, seenBytes: seen }
      : { limitMs: limit, elapsedMs: Math.round(seen) };
  return { state: "pruned", reason, detail: { ...measured, during: duringSplit(split), by: "host" } };
}
