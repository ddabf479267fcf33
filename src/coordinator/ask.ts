import { rng } from "../core/rng.ts";
import { uniformRow } from "../core/space/draw.ts";
import { toParams, toRow } from "../core/space/space.ts";
import type { WaitingTrial } from "../store/records.ts";
import type { Proposal, StartedTrial } from "./proposal.ts";
import type { RunningStudy } from "./study.ts";

/** A waiting trial, with what it leaves open filled in, or else a new one; null when the space is exhausted. */
export function propose(study: RunningStudy, waiting: WaitingTrial | null): Proposal | null {
  const number = waiting?.number ?? study.nextNumber;
  const given = waiting ? toRow(study.space, waiting.params) : null;
  const isWhole = waiting !== null && waiting.attempts > 0;
  const row = given ? (isWhole ? given : completeRow(study, number, given)) : ask(study, number);
  if (!row) return null;
  if (!waiting) study.nextNumber++;
  const running = study.history.start(number, row);
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
  { sampler, space, directions, history, noise, seed, trials }: RunningStudy,
  number: number,
): Float64Array | null {
  return sampler.ask({
    space,
    directions,
    history: history.for(number),
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
