import type { RecordedSplit } from "../core/engine.ts";
import { rng } from "../core/rng.ts";
import type { Suggestion } from "../core/search/sampler.ts";
import { givenOrder, informativeOrder } from "../core/search/split-order.ts";
import { uniformRow } from "../core/space/draw.ts";
import { isWhole, toParams, toRow } from "../core/space/space.ts";
import type { WaitingTrial } from "../store/records.ts";
import type { Asking } from "./asking.ts";
import type { Proposal } from "./proposal.ts";
import { type Attempt, newAttempt } from "./running-attempts.ts";
import type { RunningStudy } from "./study.ts";

/** The parts of the study that a proposal needs. */
export type Proposing = Pick<RunningStudy, "space" | "history" | "seed" | "nextNumber">;

/** What an attempt is started with. */
type Started = Pick<RunningStudy, "owned" | "splitCount" | "splitOrder" | "history" | "round">;

/**
 * Proposes the waiting trial, with missing params filled in, or else a new one; null when the space is exhausted.
 * `later`: the sampler's answer is awaited, and nothing has changed. A trial of which no param is missing never waits
 * for the sampler.
 */
export function propose(
  study: Proposing,
  asking: Pick<Asking, "ask">,
  waiting: WaitingTrial | null,
): Proposal | null | "later" {
  const number = waiting?.number ?? study.nextNumber;
  const given = waiting ? toRow(study.space, waiting.params) : null;
  const hasAll = given !== null && isWhole(study.space, given);
  const suggested = hasAll ? null : asking.ask(number);
  if (suggested === "later") return suggested;
  const row = given && !hasAll ? completeRow(study, number, given, suggested) : (given ?? suggested?.row);
  if (!row) return null;
  if (!waiting) study.nextNumber++;
  const origin = waiting ? (waiting.origin ?? null) : suggested && { by: suggested.by, why: suggested.why };
  const running = study.history.start(number, row, origin?.by ?? null);
  const params = toParams(study.space, row);
  return { number, row, params, origin, running, waiting, refused: null, overtaken: 0 };
}

/**
 * Starts the next attempt of a trial, which goes on after the splits that earlier attempts have recorded.
 *
 * @param how - Under which limits, and on which machine.
 * @param after - The start is recorded once this has resolved: when the ends of the attempts before it are recorded.
 */
export function startAttempt(
  study: Started,
  { number, row, running, waiting, params, origin }: Proposal,
  how: Pick<Attempt, "limits" | "machine">,
  after: Promise<unknown>,
): Attempt {
  const { owned, splitCount } = study;
  const recorded = waiting?.splits ?? [];
  const order = orderOf(study, number, recorded);
  const start = { number, row, params, running, recorded, order, ...how };
  if (!waiting || waiting.attempts === 0) {
    const key = after.then(() => owned.startTrial({ number, params, origin }));
    return newAttempt({ ...start, attempt: 1, key });
  }
  const key = after.then(() => owned.startAttempt(waiting.id));
  // The pruner sees the steps of earlier attempts again: recorded splits, or the reports of a recorded single split.
  if (splitCount > 1)
    running.steps.push(...waiting.splits.map(({ split, values }) => ({ step: split, value: values[0]! })));
  else if (waiting.splits.length > 0) running.steps.push(...waiting.reports);
  return newAttempt({ ...start, attempt: waiting.attempts + 1, key });
}

/** The order follows from the history that the trial may see and from what is recorded of it, so it need not be kept. */
function orderOf(
  { splitOrder, history, round, splitCount }: Omit<Started, "owned">,
  number: number,
  recorded: readonly RecordedSplit[],
): readonly number[] {
  const done = recorded.map(({ split }) => split);
  return splitOrder === "informative"
    ? informativeOrder(round?.history ?? history.for(number), splitCount, done)
    : givenOrder(splitCount, done);
}

/** Keeps the params that a person has enqueued; the sampler chooses the other ones that are active beside them. */
function completeRow(
  { space, seed }: Proposing,
  number: number,
  wanted: Float64Array,
  suggested: Suggestion | null,
): Float64Array {
  return uniformRow(space, rng(seed, number, "enqueue"), wanted, suggested?.row ?? wanted);
}
