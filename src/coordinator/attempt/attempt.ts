import type { Answer, EngineEnd, EngineEvent } from "../../core/engine.ts";
import { BelayError } from "../../core/error.ts";
import { isFeasible } from "../../core/search/constraints.ts";
import { type FinalMemory, type InterruptCause, type Outcome, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { RunControl } from "../control.ts";
import type { Attempt } from "../running-attempts.ts";
import type { Scheduler } from "../scheduler.ts";
import type { RunningStudy } from "../study.ts";
import { detailOf, judge } from "./judge.ts";
import { type Recorder, recorder } from "./recorder.ts";
import { tell } from "./tell.ts";

/** What an attempt needs while it runs. */
interface Run {
  readonly study: RunningStudy;
  readonly control: RunControl;
  readonly writes: Recorder;
}

/**
 * One execution of a trial: its splits are recorded and judged as they come, its outcome is told once its slot has
 * cleaned up. Resolves when the slot is free again.
 *
 * @returns `recorded`: settles when the database has the end. The next trial does not wait for it; its start is recorded
 *   after this end.
 */
export async function runAttempt(
  study: RunningStudy,
  attempt: Attempt,
  control: RunControl,
  scheduler: Pick<Scheduler, "started">,
): Promise<{ readonly recorded: Promise<void> }> {
  const { number, params } = attempt;
  const run: Run = { study, control, writes: recorder(study, attempt) };
  const began = { kind: "trial-started", number, attempt: attempt.attempt, params } as const;
  study.events.learn(began);
  run.writes.add(
    attempt.key.then(({ trialId }) => {
      study.events.announce(began);
      scheduler.started(trialId, attempt.limits);
    }),
  );
  // A verdict that was lost in a crash is computed again from what is recorded.
  if (attempt.finishedSplits > 0 && answerTo(run, attempt) === "prune")
    return { recorded: end(run, attempt, attempt.pruned!, { ...UNKNOWN_MEMORY, source: "guard" }, 0) };
  study.attempts.begin(attempt);
  const { abort, recorded, limits } = attempt;
  const task = { number, attempt: attempt.attempt, params, recorded, limits };
  let outcome: EngineEnd | null = null;
  let ended: Promise<void> | null = null;
  for await (const event of study.engine.run(task, abort.signal)) {
    await attempt.key; // what is recorded of an attempt comes after its start
    switch (event.kind) {
      case "started":
        await onStarted(run, attempt, event);
        break;
      case "split-began":
        study.events.tell({ kind: "split-began", number, split: event.split });
        break;
      case "split":
        await onSplit(run, attempt, event);
        break;
      case "report":
        await onReport(run, attempt, event);
        break;
      case "outcome":
        outcome = event.end;
        break;
      case "final":
        ended = settle(run, attempt, outcome!, event);
        ended.catch(() => {}); // the loop hears of it
        break;
    }
  }
  if (!ended) throw new BelayError("internal", `trial ${number}: the engine ended without a final event`);
  return { recorded: ended };
}

type Event<Kind extends EngineEvent["kind"]> = Extract<EngineEvent, { kind: Kind }>;

async function onStarted(
  { study, writes }: Run,
  { number }: Attempt,
  event: Event<"started">,
): Promise<void> {
  const { slot, pid, baselineBytes } = event;
  await writes.take((key) => study.owned.recordStart(key, { slot, hostPid: pid, baselineBytes }));
  study.events.tell({ kind: "trial-running", number, slot, pid });
}

/** Records a split, then answers by the pruner's verdict; nobody awaits one on the last split, so it holds up nothing. */
async function onSplit(run: Run, attempt: Attempt, event: Event<"split">): Promise<void> {
  const { study, control, writes } = run;
  const { number } = attempt;
  const { result, answer } = event;
  attempt.finishedSplits++;
  attempt.partial = event.partial;
  attempt.isFeasible &&= isFeasible(result.constraints);
  const isLast = attempt.finishedSplits === study.splitCount;
  if (study.splitCount > 1) attempt.running.steps.push({ step: result.split, value: result.values[0]! });
  const recording = writes.take((key) => study.owned.recordSplit(key, result, { isLast }));
  const answered = recording.then((taken) => {
    if (!taken) return answer("interrupt");
    study.events.announce({ kind: "split", number, result });
    answer(study.splitCount > 1 ? answerTo(run, attempt) : unjudged(control));
  });
  study.events.learn({ kind: "split", number, result });
  writes.add(answered);
  if (!isLast) await answered;
  else answered.catch(() => answer("interrupt")); // the end of the trial waits for it, and fails as well
}

/** Records a report. The pruner judges those of a study of one split. */
async function onReport(run: Run, attempt: Attempt, event: Event<"report">): Promise<void> {
  const { study, writes } = run;
  const { report, answer } = event;
  if (!(await writes.take((key) => study.owned.recordReport(key, report)))) return answer("interrupt");
  if (study.splitCount > 1) return answer("go");
  attempt.running.steps.push({ step: report.step, value: report.value });
  answer(answerTo(run, attempt));
}

/** What the trial is told after a step: the pruner's verdict first, then whether the run is to stop. */
function answerTo({ study, control }: Run, attempt: Attempt): Answer {
  const verdict = judge(study, attempt.running, attempt.finishedSplits);
  if (!verdict.prune) return unjudged(control);
  attempt.pruned = {
    state: "pruned",
    reason: "pruner",
    detail: detailOf(study.pruner.name, verdict, attempt.isFeasible),
  };
  return "prune";
}

function unjudged(control: RunControl): Answer {
  return control.stopping ? "interrupt" : "go";
}

/** `belay kill`: for good, unlike a Ctrl-C. */
const KILLED: Outcome = { state: "fail", reason: "stopped", detail: { by: "user" }, error: null };

/** Ends an attempt after all that is to be recorded of it: for good, or until its trial's next one. */
async function settle(
  run: Run,
  attempt: Attempt,
  outcome: EngineEnd,
  { memory, durationMs }: Event<"final">,
): Promise<void> {
  const { study, control, writes } = run;
  const { number } = attempt;
  const how = withPartial(attempt.refused ?? attempt.pruned ?? outcome, attempt.partial);
  if (attempt.killed && how.state === "interrupted") return end(run, attempt, KILLED, memory, durationMs);
  if (how.state !== "interrupted" && how.state !== "pruned-by-verdict")
    return end(run, attempt, how, memory, durationMs);
  const cause: InterruptCause = control.stopping ? "ctrl-c" : "stop";
  study.history.interrupt(number);
  await writes.all();
  if (attempt.refused) return end(run, attempt, attempt.refused, memory, durationMs);
  const next = await study.owned.interrupt(await attempt.key, cause, { durationMs });
  study.events.tell({ kind: "trial-interrupted", number, failed: next === "fail" });
}

/** A pruned trial has no value, but what its finished splits came to is told: `detail.partial`. */
function withPartial(how: EngineEnd, partial: readonly number[] | null): EngineEnd {
  if (how.state !== "pruned" || partial === null) return how;
  return { ...how, detail: { ...how.detail, partial: partial.length === 1 ? partial[0]! : partial } };
}

function end(
  { study, writes }: Run,
  attempt: Attempt,
  outcome: Outcome,
  memory: FinalMemory,
  durationMs: number,
): Promise<void> {
  return tell(study, attempt, writes.all(), outcome, memory, durationMs);
}
