import { overrunOf } from "../core/history.ts";
import type { FinalMemory, Outcome } from "../core/trial.ts";
import type { StartedTrial } from "./ask.ts";
import { noteValue, type RunningStudy } from "./study.ts";

/**
 * Lets the samplers and the schedule see at once how a trial ended, and records it `after` what came before. Resolves when
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
  study.sight.append({
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
  const isFeasible = complete?.constraints.every((constraint) => constraint <= 0) ?? false;
  const isBest = isFeasible && noteValue(study, complete?.values ?? []);
  const events = [
    { kind: "trial-ended", number: trial.number, outcome, durationMs, isBest },
    { kind: "memory", number: trial.number, memory },
  ] as const;
  events.forEach(study.learn);
  await after;
  await study.store.finish(await trial.key, outcome, memory, { durationMs });
  events.forEach(study.announce);
}
