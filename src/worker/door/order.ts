import type { Answer } from "../../core/engine.ts";
import type { OfAttempt, TrialMessage } from "../protocol.ts";

/** The progress of an attempt, as derived from its messages. */
export interface AttemptProgress {
  /** The outcome has arrived. */
  readonly hasOutcome: boolean;
  /** The splits that earlier attempts have recorded and that have arrived since. */
  readonly splits: ReadonlySet<number>;
  /** The number of splits; null if unknown. */
  readonly splitCount: number | null;
  /** The last answer that ends the attempt; null if it may go on. */
  readonly answered: Exclude<Answer, "go"> | null;
  readonly signal: AbortSignal;
}

/**
 * Checks that a valid message may come at this point of its attempt, since the coordinator relies on the order.
 * @returns what is wrong, in words; null if nothing is.
 */
export function sequenceError(attempt: AttemptProgress, message: OfAttempt & TrialMessage): string | null {
  const { splits, splitCount, hasOutcome } = attempt;
  if (message.kind === "final") return hasOutcome ? null : "an end without an outcome";
  if (hasOutcome && message.kind !== "rung" && message.kind !== "guard")
    return `a ${message.kind} after the outcome`;
  if (message.kind === "split") {
    const { id, result } = message;
    if (splits.has(result.split)) return `split ${result.split} a second time`;
    const isLast = splits.size + 1 === splitCount;
    if (splitCount !== null && isLast !== (id === null))
      return isLast ? "a last split that waits for an answer" : "a split before the last that waits for none";
  }
  if (message.kind === "outcome") {
    const { state } = message.end;
    if (state === "complete" && splitCount !== null && splits.size !== splitCount)
      return `a result after ${splits.size} of ${splitCount} splits`;
    if (state === "pruned-by-verdict" && attempt.answered !== "prune")
      return "an end by a verdict that nobody gave";
    if (state === "interrupted" && attempt.answered !== "interrupt" && !attempt.signal.aborted)
      return "an interruption that nobody asked for";
  }
  return null;
}
