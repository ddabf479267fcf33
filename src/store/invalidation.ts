import type { Detail } from "../core/trial.ts";
import type { Invalid } from "./records.ts";

/** An order that a finished trial counts for nothing from now on, or counts again. */
export interface InvalidationOrder {
  /** The trial's number. */
  readonly number: number;
  /** Whether it counts again. */
  readonly undo: boolean;
  /** What is wrong with it, in words; null: nobody said. */
  readonly reason: string | null;
}

/** What became of such an order. */
export interface Invalidation {
  readonly ok: boolean;
  /** For people. */
  readonly message: string;
  /** The trial's id; null if there is no such trial. */
  readonly trialId: number | null;
}

/** A trial of which an order asks: null if the study has none of its number. */
interface Asked {
  readonly id: number;
  readonly isFinished: boolean;
  readonly invalid: Invalid | null;
}

/** Whether an order can be carried out, with the answer to it. */
export function answerTo({ number, undo }: InvalidationOrder, trial: Asked | null): Invalidation {
  const answer = (ok: boolean, message: string): Invalidation => ({
    ok,
    message,
    trialId: trial?.id ?? null,
  });
  if (!trial)
    return answer(false, `invalidate: expected a trial of the study, got ${number}, which it does not have`);
  if (!trial.isFinished)
    return answer(false, `invalidate: expected a finished trial, got ${number}, which has not ended`);
  if (undo)
    return trial.invalid
      ? answer(true, `trial ${number} counts again`)
      : answer(false, `trial ${number} is not invalid: it counts`);
  if (trial.invalid)
    return answer(
      false,
      `trial ${number} is invalid already, since ${new Date(trial.invalid.atMs).toISOString()}: --undo makes it count again`,
    );
  return answer(true, `trial ${number} is invalid: it stays on record, and counts for nothing from now on`);
}

/** The order as an event or a command carries it. */
export function invalidationData({ number, undo, reason }: InvalidationOrder): Detail {
  return { number, undo, reason };
}
