import { cardinality, type Distribution } from "../core/distribution.ts";
import type { RecordedSplit } from "../core/engine.ts";
import type { RunningTrial } from "../core/history.ts";
import { type Rng, rng } from "../core/rng.ts";
import { isActive, type Space, toParams, toRow } from "../core/space.ts";
import type { AttemptKey, WaitingTrial } from "../store/store.ts";
import type { RunningStudy } from "./study.ts";

/** A trial whose attempt is recorded as running. */
export interface StartedTrial {
  readonly number: number;
  readonly key: AttemptKey;
  readonly row: Float64Array;
  readonly recorded: readonly RecordedSplit[];
  readonly running: RunningTrial;
}

/** Starts the next attempt of a waiting trial: what it has recorded counts. */
export async function startWaiting(study: RunningStudy, trial: WaitingTrial): Promise<StartedTrial> {
  const { number } = trial;
  if (trial.attempts === 0)
    return start(study, number, completeRow(study, number, toRow(study.space, trial.params)));
  const key = await study.store.startAttempt(trial.id, study.epoch);
  const row = toRow(study.space, trial.params);
  const running = study.sight.start(number, row);
  // The steps that the pruner saw: recorded splits, or the reports of a recorded single split.
  if (study.splitCount > 1)
    running.steps.push(...trial.splits.map(({ split, values }) => ({ step: split, value: values[0]! })));
  else if (trial.splits.length > 0) running.steps.push(...trial.reports);
  return { number, key, row, recorded: trial.splits, running };
}

/** Asks the sampler for a new trial and records it as running; null when the space is exhausted. */
export async function askNew(study: RunningStudy): Promise<StartedTrial | null> {
  const number = study.nextNumber;
  const row = ask(study, number);
  if (!row) return null;
  study.nextNumber++;
  return start(study, number, row);
}

async function start(study: RunningStudy, number: number, row: Float64Array): Promise<StartedTrial> {
  const running = study.sight.start(number, row);
  const key = await study.store.startTrial(study.studyId, study.epoch, {
    number,
    params: toParams(study.space, row),
  });
  return { number, key, row, recorded: [], running };
}

function ask(
  { sampler, space, directions, sight, noise, seed }: RunningStudy,
  number: number,
): Float64Array | null {
  return sampler.ask({
    space,
    directions,
    history: sight.of(number),
    number,
    noise,
    rng: (purpose) => rng(seed, number, purpose),
    studyRng: (purpose) => rng(seed, -1, purpose),
  });
}

/** What a person enqueued stays; the sampler chooses the rest, given which params are then active. */
function completeRow(study: RunningStudy, number: number, wanted: Float64Array): Float64Array {
  const proposed = ask(study, number) ?? wanted;
  return fillRow(study.space, wanted, proposed, rng(study.seed, number, "enqueue"));
}

function fillRow(space: Space, wanted: Float64Array, proposed: Float64Array, random: Rng): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  space.params.forEach(({ distribution }, i) => {
    if (!isActive(space, row, i)) return;
    row[i] =
      [wanted[i]!, proposed[i]!].find((value) => !Number.isNaN(value)) ?? uniform(distribution, random);
  });
  return row;
}

function uniform(distribution: Distribution, random: Rng): number {
  if (distribution.kind === "categorical") return random.int(distribution.choices.length);
  const { low, high, log, step } = distribution;
  if (step !== null) return low + random.int(cardinality(distribution)) * step;
  return log
    ? Math.exp(Math.log(low) + random.next() * Math.log(high / low))
    : low + random.next() * (high - low);
}
