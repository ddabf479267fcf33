import { overrunOf } from "../core/history.ts";
import type { FinalMemory, Outcome } from "../core/trial.ts";
import type { StartedTrial } from "./ask.ts";
import { noteValue, type RunningStudy } from "./study.ts";

/** Records how a trial ended, then lets the samplers see it. */
export async function tell(
  study: RunningStudy,
  trial: StartedTrial,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<void> {
  await study.store.finish(trial.key, outcome, memory, { durationMs });
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
  study.listen({ kind: "trial-ended", number: trial.number, outcome, durationMs, isBest });
  study.listen({ kind: "memory", number: trial.number, memory });
}
