import { isFeasible } from "../../core/search/constraints.ts";
import { estimateOf, overrunOf } from "../../core/search/history.ts";
import { type FinalMemory, type Outcome, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { StudyWrites } from "../../store/owned-study.ts";
import { isRefused } from "../../store/store-error.ts";
import type { StudyEvent } from "../events.ts";
import type { Attempt } from "../running-attempts.ts";
import { noteValue, type RunningStudy } from "../study.ts";
import { refusalOf } from "./refusal.ts";

/**
 * Lets the samplers and the scheduler see at once how a trial ended, and records it `after` what came before. Resolves when
 * it is recorded, and has been announced.
 */
export async function tell(
  study: Pick<RunningStudy, "owned" | "history" | "events" | "directions" | "best" | "finished">,
  attempt: Attempt,
  after: Promise<unknown>,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<void> {
  const complete = outcome.state === "complete" ? outcome : null;
  study.history.append({
    number: attempt.number,
    state: outcome.state,
    reason: outcome.state === "complete" ? null : outcome.reason,
    row: attempt.row,
    values: complete?.values ?? [],
    constraints: complete?.constraints ?? [],
    overrun: outcome.state === "complete" ? 0 : overrunOf(outcome.detail),
    estimate: outcome.state === "pruned" ? estimateOf(outcome.detail) : null,
    steps: attempt.running.steps,
  });
  study.finished++;
  const isBest = complete !== null && isFeasible(complete.constraints) && noteValue(study, complete.values);
  const { number } = attempt;
  const events = (end: Outcome): readonly StudyEvent[] => [
    { kind: "trial-ended", number, outcome: end, durationMs, isBest: isBest && end === outcome },
    { kind: "memory", number, memory },
  ];
  events(outcome).forEach(study.events.learn);
  await after;
  const end = await finish(study.owned, attempt, attempt.refused ?? outcome, memory, durationMs);
  events(end).forEach(study.events.announce);
}

/** @returns how it is recorded: what the database refuses ends its trial otherwise. */
async function finish(
  owned: StudyWrites,
  attempt: Attempt,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<Outcome> {
  const key = await attempt.key;
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
