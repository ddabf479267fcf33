import { isFeasible } from "../core/search/constraints.ts";
import { overrunOf } from "../core/search/history.ts";
import { type FinalMemory, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import { isRefused } from "../store/store-error.ts";
import type { StudyEvent } from "./events.ts";
import type { StartedTrial } from "./proposal.ts";
import { refusalOf } from "./refusal.ts";
import { noteValue, type RunningStudy } from "./study.ts";

/**
 * Lets the samplers and the scheduler see at once how a trial ended, and records it `after` what came before. Resolves when
 * it is recorded, and has been announced.
 */
export async function tell(
  study: RunningStudy,
  trial: StartedTrial,
  after: Promise<unknown>,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<void> {
  const complete = outcome.state === "complete" ? outcome : null;
  study.history.append({
    number: trial.number,
    state: outcome.state,
    reason: outcome.state === "complete" ? null : outcome.reason,
    row: trial.row,
    values: complete?.values ?? [],
    constraints: complete?.constraints ?? [],
    overrun: outcome.state === "complete" ? 0 : overrunOf(outcome.detail),
    steps: trial.running.steps,
  });
  study.finished++;
  const isBest = complete !== null && isFeasible(complete.constraints) && noteValue(study, complete.values);
  const { number } = trial;
  const events = (end: Outcome): readonly StudyEvent[] => [
    { kind: "trial-ended", number, outcome: end, durationMs, isBest: isBest && end === outcome },
    { kind: "memory", number, memory },
  ];
  events(outcome).forEach(study.learn);
  await after;
  const end = await finish(study, trial, trial.refused ?? outcome, memory, durationMs);
  events(end).forEach(study.announce);
}

/** @returns how it is recorded: what the database refuses ends its trial otherwise. */
async function finish(
  { owned }: RunningStudy,
  trial: StartedTrial,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<Outcome> {
  const key = await trial.key;
  try {
    await owned.finish(key, outcome, memory, { durationMs });
    return outcome;
  } catch (error) {
    if (!isRefused(error)) throw error;
    const refused = refusalOf(error);
    await owned.finish(key, refused, { ...UNKNOWN_MEMORY, source: "guard" }, { durationMs: 0 });
    return refused;
  }
}
