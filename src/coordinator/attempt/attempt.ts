import type { Answer, EngineEnd, EngineEvent } from "../../core/engine.ts";
import { BelayError } from "../../core/error.ts";
import { isFeasible } from "../../core/search/constraints.ts";
import type { InterruptCause, Outcome } from "../../core/trial.ts";
import type { RunControl } from "../control.ts";
import type { Attempt } from "../running-attempts.ts";
import type { Scheduler } from "../scheduler.ts";
import type { RunningStudy } from "../study.ts";
import { detailOf, judge } from "./judge.ts";
import { type Recorder, recorder } from "./recorder.ts";
import { type Final, NOTHING_MEASURED, tell, tellLost } from "./tell.ts";

/** The parts of the study that an attempt uses. */
type AttemptStudy = Pick<
  RunningStudy,
  | ("owned" | "engine" | "events" | "attempts")
  | ("pruner" | "history" | "directions" | "splitCount")
  | ("best" | "finished" | "round" | "isParking" | "unrecorded" | "meanwhile")
>;

/** What all steps of one attempt share. */
interface Run {
  readonly study: AttemptStudy;
  readonly control: Pick<RunControl, "stopping">;
  readonly writes: Recorder;
}

type Event<Kind extends EngineEvent["kind"]> = Extract<EngineEvent, { kind: Kind }>;

/**
 * Runs one execution of a trial: records and judges its splits as they come, and tells its outcome after the cleanup.
 * Resolves when the slot is free again.
 *
 * @returns `recorded` settles when the database has the end. The next trial does not wait for it, but its start is recorded
 *   after this end.
 */
export async function runAttempt(
  study: AttemptStudy,
  attempt: Attempt,
  control: Pick<RunControl, "stopping">,
  scheduler: Pick<Scheduler, "started">,
): Promise<{ readonly recorded: Promise<void> }> {
  const { number, params, recorded, order, limits, machine } = attempt;
  const began = { kind: "trial-started", number, attempt: attempt.attempt, params } as const;
  study.events.learn(began);
  const writes = recorder(study.attempts, attempt, ({ trialId }) => {
    study.events.announce(began);
    scheduler.started(trialId, limits);
  });
  const run: Run = { study, control, writes };
  // A verdict that was lost in a crash is computed again from the recorded splits.
  if (attempt.finishedSplits > 0 && answerTo(run, attempt) === "prune")
    return { recorded: tell(study, attempt, writes, attempt.pruned!, NOTHING_MEASURED) };
  study.attempts.begin(attempt);
  const task = { number, attempt: attempt.attempt, params, recorded, order, limits, machine };
  let outcome: EngineEnd | null = null;
  let ended: Promise<void> | null = null;
  for await (const event of study.engine.run(task, attempt.abort.signal)) {
    attempt.isTaken = true;
    await attempt.key; // until the start is recorded, the trial waits at its first event
    switch (event.kind) {
      case "started":
        await onStarted(run, attempt, event);
        break;
      case "split-began":
        study.events.emit({ kind: "split-began", number, split: event.split });
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
        ended.catch(() => {}); // `run` gets the error by `recorded`
        break;
    }
  }
  if (!ended) throw new BelayError("internal", `trial ${number}: the engine ended without a final event`);
  return { recorded: ended };
}

/** Records where the attempt runs. */
function onStarted({ study, writes }: Run, { number }: Attempt, event: Event<"started">): Promise<void> {
  const { slot, pid, baselineBytes } = event;
  return writes.record(
    (key) => study.owned.recordStart(key, { slot, hostPid: pid, baselineBytes }),
    () => study.events.emit({ kind: "trial-running", number, slot, pid }),
  );
}

/**
 * Records a split and answers it with the pruner's verdict. The last split gets no verdict, so the attempt goes on while
 * it is written.
 */
async function onSplit(run: Run, attempt: Attempt, event: Event<"split">): Promise<void> {
  const { study, control, writes } = run;
  const { number } = attempt;
  const { result, answer } = event;
  attempt.finishedSplits++;
  attempt.partial = event.partial;
  attempt.isFeasible &&= isFeasible(result.constraints);
  const isLast = attempt.finishedSplits === study.splitCount;
  if (study.splitCount > 1) attempt.running.steps.push({ step: result.split, value: result.values[0]! });
  const answered = writes.record(
    (key) => study.owned.recordSplit(key, result, { isLast }),
    (taken) => {
      if (!taken) return answer("interrupt");
      study.events.announce({ kind: "split", number, result });
      answer(study.splitCount > 1 ? answerTo(run, attempt) : unjudged(control));
    },
  );
  study.events.learn({ kind: "split", number, result });
  if (!isLast) await answered;
  else answered.catch(() => answer("interrupt")); // the end of the attempt fails with the same error
}

/** Records a report. The pruner judges the reports of a study with one split. */
function onReport(run: Run, attempt: Attempt, event: Event<"report">): Promise<void> {
  const { study, writes } = run;
  const { report, answer } = event;
  return writes.record(
    (key) => study.owned.recordReport(key, report),
    (taken) => {
      if (!taken) return answer("interrupt");
      if (study.splitCount > 1) return answer("go");
      attempt.running.steps.push({ step: report.step, value: report.value });
      answer(answerTo(run, attempt));
    },
  );
}

/** The answer to a step: `prune` by the pruner's verdict, else `interrupt` if the run is to stop, else `go`. */
function answerTo({ study, control }: Pick<Run, "study" | "control">, attempt: Attempt): Answer {
  const verdict = judge(study, attempt.running);
  if (!verdict.prune) return unjudged(control);
  attempt.pruned = {
    state: "pruned",
    reason: "pruner",
    detail: detailOf(study.pruner.name, verdict, attempt.isFeasible),
  };
  return "prune";
}

function unjudged(control: Run["control"]): Answer {
  return control.stopping ? "interrupt" : "go";
}

/** The outcome after `belay kill`: unlike after a Ctrl-C, the trial gets no further attempt. */
const KILLED: Outcome = { state: "fail", reason: "stopped", detail: { by: "user" }, error: null };

/** Ends an attempt: for good, or until the next attempt of its trial. */
async function settle(
  { study, control, writes }: Run,
  attempt: Attempt,
  outcome: EngineEnd,
  final: Final,
): Promise<void> {
  const { number } = attempt;
  const how = withPartial(attempt.refused ?? attempt.pruned ?? outcome, attempt.partial);
  if (attempt.killed && how.state === "interrupted") return tell(study, attempt, writes, KILLED, final);
  if (how.state !== "interrupted" && how.state !== "pruned-by-verdict")
    return tell(study, attempt, writes, how, final);
  const isLost = how.state === "interrupted" && how.lost === true;
  const cause: InterruptCause = isLost ? "host" : control.stopping ? "ctrl-c" : "stop";
  attempt.goesOn = isLost;
  study.history.interrupt(number);
  return writes.end(async (key) => {
    // A write may have been refused since the attempt ended.
    if (attempt.refused) {
      attempt.goesOn = false;
      return tell(study, attempt, writes, attempt.refused, final);
    }
    const { durationMs } = final;
    const next = await study.owned.interrupt(key, cause, {
      durationMs,
      ...(isLost && { machine: attempt.machine }),
    });
    if (next === "fail") {
      attempt.goesOn = false;
      return tellLost(study, attempt, final);
    }
    const lostOn = isLost && !control.stopping ? attempt.machine : null;
    study.events.emit({ kind: "trial-interrupted", number, lostOn });
  });
}

/** A pruned trial has no value; `detail.partial` keeps the aggregate over its finished splits. */
function withPartial(how: EngineEnd, partial: readonly number[] | null): EngineEnd {
  if (how.state !== "pruned" || partial === null) return how;
  return { ...how, detail: { ...how.detail, partial: partial.length === 1 ? partial[0]! : partial } };
}
