import type { RunningTrial } from "../core/search/history.ts";
import type { Params } from "../core/space/space.ts";
import type { WaitingTrial } from "../store/records.ts";

/** A trial with its params, before it starts: it may have to wait for memory. Samplers see it as running. */
export interface Proposal {
  readonly number: number;
  readonly row: Float64Array;
  readonly params: Params;
  readonly running: RunningTrial;
  /** The row that waits for it; null: it has none yet. */
  readonly waiting: WaitingTrial | null;
  /** What it waits for; null before it had to. */
  refused: { readonly why: string } | null;
  /** How many trials have started before it while it waited. */
  overtaken: number;
}
