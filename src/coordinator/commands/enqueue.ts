import { BelayError } from "../../core/error.ts";
import { openRow } from "../../core/space/given.ts";
import { toParams } from "../../core/space/space.ts";
import type { Json } from "../../core/trial.ts";
import { type EnqueueOrder, type Enqueuing, enqueued, noPlace, totalWith } from "../../store/enqueuing.ts";
import type { WaitingTrial } from "../../store/records.ts";
import type { RunningStudy } from "../study.ts";

/** The parts of the study to which trials can be added. */
export type Enqueuable = Pick<RunningStudy, "owned" | "space" | "trials" | "nextNumber">;

/**
 * Adds trials to a running study. It is called between two starts, when every trial that was begun has its row.
 *
 * @param waiting - The waiting trials of the run, to which the new ones are added.
 */
export async function enqueueTrials(
  study: Enqueuable,
  waiting: WaitingTrial[],
  order: EnqueueOrder,
): Promise<Enqueuing> {
  const { owned } = study;
  const counts = await owned.reads.counts();
  const before = study.trials;
  const total = totalWith(counts, before, order);
  if (total === null) return noPlace(counts, before, order);
  // In one turn, so that they are written in one transaction.
  const numbers = await Promise.all(order.params.map((params) => owned.enqueue(params)));
  const isNew = ({ number }: WaitingTrial): boolean => numbers.includes(number);
  waiting.push(...(await owned.reads.waiting()).filter(isNew));
  study.nextNumber = await owned.reads.nextNumber();
  study.trials = total;
  return enqueued(numbers, before, total);
}

/** Reads what `belay enqueue` has sent. @throws BelayError `usage`. */
export function readOrder({ space }: Pick<Enqueuable, "space">, data: Json): EnqueueOrder {
  const { params, add } = (typeof data === "object" && data !== null ? data : {}) as Readonly<
    Record<string, Json>
  >;
  if (!Array.isArray(params) || params.length === 0)
    throw new BelayError("usage", "enqueue: expected params, got none");
  return {
    params: params.map((each) => toParams(space, openRow("enqueue", space, each))),
    add: add === true,
  };
}
