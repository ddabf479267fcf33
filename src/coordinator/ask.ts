import type { RecordedSplit } from "../core/engine.ts";
import type { RunningTrial } from "../core/history.ts";
import { rng } from "../core/rng.ts";
import { uniformRow } from "../core/space/draw.ts";
import { type Params, toParams, toRow } from "../core/space/space.ts";
import type { Outcome } from "../core/trial.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { WaitingTrial } from "../store/records.ts";
import type { RunningStudy } from "./study.ts";

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

/** A trial with its params, before it starts: it may have to wait for memory. Samplers see it as running. */
export interface Proposal {
  readonly number: number;
  readonly row: Float64Array;
  readonly params: Params;
  readonly running: RunningTrial;
  /** The row that waits for it; null: it has none yet. */
  readonly waiting: WaitingTrial | null;
}

/** A waiting trial, with what it leaves open filled in, or else a new one; null when the space is exhausted. */
export function propose(study: RunningStudy, waiting: WaitingTrial | null): Proposal | null {
  const number = waiting?.number ?? study.nextNumber;
  const given = waiting ? toRow(study.space, waiting.params) : null;
  const isWhole = waiting !== null && waiting.attempts > 0;
  const row = given ? (isWhole ? given : completeRow(study, number, given)) : ask(study, number);
  if (!row) return null;
  if (!waiting) study.nextNumber++;
  const running = study.sight.start(number, row);
  return { number, row, params: toParams(study.space, row), running, waiting };
}

/** Starts the next attempt of a trial, to be recorded `after` what ended before it: what it has recorded counts. */
export function startProposal(
  study: RunningStudy,
  proposal: Proposal,
  after: Promise<unknown>,
): StartedTrial {
  const { number, row, running, waiting, params } = proposal;
  if (!waiting || waiting.attempts === 0) {
    const key = after.then(() => study.owned.startTrial({ number, params }));
    return { number, attempt: 1, key, row, recorded: [], running, refused: null };
  }
  const key = after.then(() => study.owned.startAttempt(waiting.id));
  // The steps that the pruner saw: recorded splits, or the reports of a recorded single split.
  if (study.splitCount > 1)
    running.steps.push(...waiting.splits.map(({ split, values }) => ({ step: split, value: values[0]! })));
  else if (waiting.splits.length > 0) running.steps.push(...waiting.reports);
  return {
    number,
    attempt: waiting.attempts + 1,
    key,
    row,
    recorded: waiting.splits,
    running,
    refused: null,
  };
}

function ask(
  { sampler, space, directions, sight, noise, seed, trials }: RunningStudy,
  number: number,
): Float64Array | null {
  return sampler.ask({
    space,
    directions,
    history: sight.of(number),
    number,
    noise,
    trials,
    rng: (purpose) => rng(seed, number, purpose),
    studyRng: (purpose) => rng(seed, -1, purpose),
  });
}

/** What a person enqueued stays; the sampler chooses the rest, given which params are then active. */
function completeRow(study: RunningStudy, number: number, wanted: Float64Array): Float64Array {
  const proposed = ask(study, number) ?? wanted;
  return uniformRow(study.space, rng(study.seed, number, "enqueue"), wanted, proposed);
}
