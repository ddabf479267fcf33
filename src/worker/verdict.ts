import type { Outcome } from "../core/trial.ts";

/** Why a host's guard ends a trial, with the limit and the measured value, both in milliseconds or in bytes. */
export interface GuardVerdict {
  readonly reason: "split-timeout" | "trial-timeout" | "memory-limit";
  readonly limit: number;
  readonly seen: number;
}

/** What a trial was doing, as recorded in its row. @param split - The current or last split; -1 before the first. */
export function duringSplit(split: number): string {
  return split < 0 ? "start" : `split ${split}`;
}

/** The outcome of a verdict, which the coordinator gets from the host or, if that is dead, from its beacon. */
export function outcomeOf({ reason, limit, seen }: GuardVerdict, split: number): Outcome {
  const measured =
    reason === "memory-limit"
      ? { limitBytes: limit, seenBytes: seen }
      : { limitMs: limit, elapsedMs: Math.round(seen) };
  return { state: "pruned", reason, detail: { ...measured, during: duringSplit(split), by: "host" } };
}
