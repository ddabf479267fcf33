import type { RunningTrial } from "../core/search/history.ts";
import type { Origin } from "../core/search/sampler.ts";
import type { Params } from "../core/space/space.ts";
import type { Refusal } from "../scheduler/admission.ts";
import type { WaitingTrial } from "../store/records.ts";

/** A trial whose params are chosen and which has not started: it may have to wait for memory. Samplers see it as running. */
export interface Proposal {
  readonly number: number;
  readonly row: Float64Array;
  readonly params: Params;
  /** null: not known, of a trial that waited before origins were recorded. */
  readonly origin: Origin | null;
  readonly running: RunningTrial;
  /** The waiting trial in the database that it comes from; null when the sampler has just proposed it. */
  readonly waiting: WaitingTrial | null;
  /** Why it has to wait for memory; null while it was not refused. */
  refused: Refusal | null;
  /** How many trials have started before it while it waited. */
  overtaken: number;
}
