import type { RecordedSplit } from "../core/engine.ts";
import type { RunningTrial } from "../core/search/history.ts";
import type { Params } from "../core/space/space.ts";
import type { Outcome } from "../core/trial.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { WaitingTrial } from "../store/records.ts";

/** A trial with its params, before it starts: it may have to wait for memory. Samplers see it as running. */
export interface Proposal {
  readonly number: number;
  readonly row: Float64Array;
  readonly params: Params;
  readonly running: RunningTrial;
  /** The row that waits for it; null: it has none yet. */
  readonly waiting: WaitingTrial | null;
}

/** A trial that is asked for and waits for memory. */
export interface HeldTrial {
  readonly proposal: Proposal;
  /** `why` says what it waits for; null before the first look. */
  refused: { readonly why: string } | null;
  /** How many trials have started before it since. */
  overtaken: number;
}

/** A trial whose attempt is on its way to the database as running. */
export interface StartedTrial {
  readonly number: number;
  readonly attempt: number;
  /** Settles when its start is recorded: whatever is recorded of it comes after that. */
  readonly key: Promise<AttemptKey>;
  readonly row: Float64Array;
  readonly recorded: readonly RecordedSplit[];
  readonly running: RunningTrial;
  /** How it ends because the database has refused what it told; null: it has not. */
  refused: Outcome | null;
}
