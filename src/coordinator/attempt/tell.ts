import type { EngineEvent } from "../../core/engine.ts";
import { estimateOf, overrunOf, type Progress } from "../../core/search/history.ts";
import { type Outcome, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { AttemptKey, StudyWrites } from "../../store/owned-study.ts";
import { isRefused } from "../../store/store-error.ts";
import type { StudyEvent } from "../events.ts";
import type { Attempt } from "../running-attempts.ts";
import { noteFinished, type RunningStudy } from "../study.ts";
import type { Recorder } from "./recorder.ts";
import { refusalOf } from "./refusal.ts";

/** The last measurements of an attempt, taken when its slot is free again. */
export type Final = Pick<Extract<EngineEvent, { kind: "final" }>, "memory" | "durationMs">;

/** The measurements of an attempt that did not have to run, or whose own measurements were refused. */
export const NOTHING_MEASURED: Final = { memory: { ...UNKNOWN_MEMORY, source: "guard" }, durationMs: 0 };

/** The parts of the study that learn how a trial ended. */
type ToldStudy = Pick<
  RunningStudy,
  | ("owned" | "history" | "events" | "directions" | "splitCount")
  | ("best" | "finished" | "isParking" | "unrecorded" | "meanwhile")
>;

/**
 * Shows samplers and the scheduler at once how a trial ended, and records it as the last write of its attempt. Resolves
 * when the end is recorded and announced.
 */
export function tell(
  study: ToldStudy,
  attempt: Attempt,
  writes: Recorder,
  outcome: Outcome,
  final: Final,
): Promise<void> {
  const isBest = note(study, attempt, outcome);
  const { number } = attempt;
  const { memory, durationMs } = final;
  const events = (end: Outcome): readonly StudyEvent[] => [
    { kind: "trial-ended", number, outcome: end, durationMs, isBest: isBest && end === outcome },
    { kind: "memory", number, memory },
  ];
  events(outcome).forEach(study.events.learn);
  return writes.end(async (key) => {
    const end = await finish(study.owned, key, attempt.refused ?? outcome, final);
    study.unrecorded.delete(number);
    events(end).forEach(study.events.announce);
  });
}

/** Shows samplers and the scheduler that a trial has failed whose machines were lost too often; its end is recorded. */
export function tellLost(study: ToldStudy, attempt: Attempt, { durationMs }: Final): void {
  const { number } = attempt;
  const outcome: Outcome = { state: "fail", reason: "interrupted", detail: { by: "host" }, error: null };
  note(study, attempt, outcome);
  study.unrecorded.delete(number);
  study.events.emit({ kind: "trial-ended", number, outcome, durationMs, isBest: false });
}

/** Adds the trial to the history. @returns whether it is the best so far. */
function note(study: ToldStudy, attempt: Attempt, outcome: Outcome): boolean {
  const complete = outcome.state === "complete" ? outcome : null;
  return noteFinished(study, {
    number: attempt.number,
    state: outcome.state,
    reason: outcome.state === "complete" ? null : outcome.reason,
    row: attempt.row,
    values: complete?.values ?? [],
    constraints: complete?.constraints ?? [],
    overrun: outcome.state === "complete" ? 0 : overrunOf(outcome.detail),
    estimate: outcome.state === "pruned" ? estimateOf(outcome.detail) : null,
    by: attempt.running.by ?? null,
    steps: stepsOf(study, attempt),
  });
}

/** The history has the splits of a trial by their numbers, as a resume reads them, in whichever order they ran. */
function stepsOf(
  { splitCount }: Pick<RunningStudy, "splitCount">,
  { running }: Attempt,
): readonly Progress[] {
  return splitCount > 1 ? [...running.steps].sort((a, b) => a.step - b.step) : running.steps;
}

/** @returns the outcome that was recorded: if the database refuses the given one, the trial fails instead. */
async function finish(
  owned: Pick<StudyWrites, "finish">,
  key: AttemptKey,
  outcome: Outcome,
  { memory, durationMs }: Final,
): Promise<Outcome> {
  try {
    await owned.finish(key, outcome, memory, { durationMs });
    return outcome;
  } catch (error) {
    if (!isRefused(error)) throw error;
    const refused = refusalOf(error);
    const { memory: unknown, durationMs: none } = NOTHING_MEASURED;
    await owned.finish(key, refused, unknown, { durationMs: none });
    return refused;
  }
}
