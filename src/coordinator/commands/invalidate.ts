import { BelayError } from "../../core/error.ts";
import type { Json } from "../../core/trial.ts";
import type { Invalidation, InvalidationOrder } from "../../store/invalidation.ts";
import { type RunningStudy, readFinished } from "../study.ts";

/**
 * Makes a finished trial of a running study invalid, or lets it count again, and reads the history anew, as a resume would.
 * It is called between two starts.
 *
 * @param refresh - Reads anew what the trials of an open round are judged by.
 */
export async function invalidateTrial(
  study: RunningStudy,
  order: InvalidationOrder,
  { who, refresh }: { readonly who: string | null; readonly refresh: () => Promise<void> },
): Promise<Invalidation> {
  const answer = await study.owned.invalidate(order, who);
  if (answer.ok) {
    await readFinished(study);
    await refresh();
  }
  return answer;
}

/** Reads what `belay invalidate` has sent. @throws BelayError `usage`. */
export function readInvalidation(data: Json): InvalidationOrder {
  const { number, undo, reason } = (typeof data === "object" && data !== null ? data : {}) as Readonly<
    Record<string, Json>
  >;
  if (typeof number !== "number")
    throw new BelayError("usage", "invalidate: expected a trial's number, got none");
  return { number, undo: undo === true, reason: typeof reason === "string" ? reason : null };
}
