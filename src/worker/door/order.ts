import type { Answer } from "../../core/engine.ts";
import type { OfAttempt, TrialWord } from "../protocol.ts";

/** How far an attempt has come, as its messages have told. */
export interface Progress {
  /** Its outcome is out. */
  readonly told: boolean;
  /** The splits that are recorded already, and those that have come. */
  readonly splits: ReadonlySet<number>;
  /** How many splits there are; null where nobody has told. */
  readonly splitCount: number | null;
  /** What was answered last to end it; null: it may go on. */
  readonly answered: Exclude<Answer, "go"> | null;
  readonly signal: AbortSignal;
}

/**
 * What is wrong with a message that is well-formed, at this point of its attempt: a host says things in an order, and
 * the coordinator relies on it. null: nothing.
 */
export function objection(attempt: Progress, message: OfAttempt & TrialWord): string | null {
  const { splits, splitCount, told } = attempt;
  if (message.kind === "final") return told ? null : "an end without an outcome";
  if (told && message.kind !== "rung" && message.kind !== "guard")
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
