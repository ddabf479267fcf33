import type { Params } from "../core/space/space.ts";
import type { Json } from "../core/trial.ts";
import type { TrialCounts } from "./records.ts";

/** Trials that a person asks for in a study that exists already. */
export interface EnqueueOrder {
  /** The sampler chooses params that are left out. */
  readonly params: readonly Params[];
  /** Whether they come on top of the study's total. Otherwise they take the place of trials that would be proposed. */
  readonly add: boolean;
}

/** What became of an order for trials. */
export interface Enqueuing {
  readonly ok: boolean;
  /** For people: which trials wait, or why none was taken. */
  readonly message: string;
  /** The numbers of the trials that wait now; empty if the order was refused. */
  readonly numbers: readonly number[];
  /** How many trials the study has when it is finished. */
  readonly trials: number;
}

/**
 * How many trials the study then has when it is finished; null: there is no place for all of them within its total, and
 * they are not to be added to it.
 */
export function totalWith(counts: TrialCounts, trials: number, { params, add }: EnqueueOrder): number | null {
  if (add) return trials + params.length;
  return existing(counts) + params.length <= trials ? trials : null;
}

/** The order was carried out: trials of these numbers wait. */
export function enqueued(numbers: readonly number[], before: number, trials: number): Enqueuing {
  const one = numbers.length === 1;
  const who = one ? `trial ${numbers[0]} waits` : `trials ${numbers.join(", ")} wait`;
  const total =
    trials === before ? `the study's total stays ${trials}` : `the study now has ${trials} in all`;
  return { ok: true, message: `${who}; ${total}`, numbers, trials };
}

/** The order was refused, because the study's total has no place for it. */
export function noPlace(counts: TrialCounts, trials: number, { params }: EnqueueOrder): Enqueuing {
  const open = Math.max(0, trials - existing(counts));
  const asked = params.length === 1 ? "1 was asked for" : `${params.length} were asked for`;
  const message =
    open === 0
      ? `the study has all of its ${trials} trials already`
      : `only ${open} of the study's ${trials} trials ${open === 1 ? "is" : "are"} still open, and ${asked}`;
  return { ok: false, message, numbers: [], trials };
}

/** The order as an event or a command carries it. */
export function orderData({ params, add }: EnqueueOrder): Json {
  return { params: [...params], add };
}

function existing({ complete, pruned, fail, waiting, running }: TrialCounts): number {
  return complete + pruned + fail + waiting + running;
}
