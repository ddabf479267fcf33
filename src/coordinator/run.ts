import type { Answer, EngineEnd, EngineEvent } from "../core/engine.ts";
import { toParams } from "../core/space.ts";
import { type InterruptCause, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import type { StudyEnd } from "../store/rows.ts";
import type { StartedTrial } from "./ask.ts";
import type { RunControl } from "./control.ts";
import { judge } from "./judge.ts";
import { patientStore } from "./patience.ts";
import { trialQueue } from "./queue.ts";
import { openSchedule, type Schedule } from "./schedule.ts";
import { openRun, type RunningStudy, type RunPlan, reachedTarget } from "./study.ts";
import { tell } from "./tell.ts";

/**
 * Runs a study until its end: asks, starts, judges and tells. The engine is left open; the caller closes it.
 *
 * @throws BelayError `store` or `stale` when the database cannot be written: then running attempts are cut short.
 */
export async function run(plan: RunPlan, control: RunControl): Promise<StudyEnd> {
  const store = patientStore(plan.store, plan.clock, control, plan.listen);
  const study = await openRun({ ...plan, store }, control);
  const waiting = await store.waiting(plan.studyId);
  const running = new Set<Promise<void>>();
  const recording = new Set<Promise<void>>(); // the ends of attempts whose slots are free again
  const trouble: unknown[] = [];
  const schedule = openSchedule(study, control, fail);
  const queue = trialQueue(study, waiting, schedule);
  const cancelDeadline =
    plan.studyTimeoutMs === null ? () => {} : plan.clock.after(plan.studyTimeoutMs, timeOut);
  let end: StudyEnd | null = null;

  function fail(error: unknown): void {
    trouble.push(error);
    control.stopNow();
  }
  function record(end: Promise<void>): void {
    const recorded = end.catch(fail).finally(() => {
      recording.delete(recorded);
      control.wake();
    });
    recording.add(recorded);
  }
  function timeOut(): void {
    end ??= "timeout";
    control.stop();
  }

  try {
    for (;;) {
      const changed = control.changed; // what comes from here on is not missed
      if (trouble.length === 0) end ??= schedule.end ?? endOf(study, control);
      const isQuiet = running.size === 0 && recording.size === 0;
      if (isQuiet && (end || trouble.length > 0)) break;
      const held = study.engine.held();
      const isOpen = !held && queue.isOpen(running.size) && schedule.mayStart(running.size);
      const trial = !end && trouble.length === 0 && isOpen ? await queue.next(running.size) : null;
      if (trial === "exhausted") end = "exhausted";
      else if (trial) {
        const attempt = runTrial(study, trial, control, schedule)
          .then(({ recorded }) => record(recorded), fail)
          .finally(() => {
            study.live.end(trial.number);
            running.delete(attempt);
            control.wake();
          });
        running.add(attempt);
      }
      if (trial) continue;
      // Not a race of all that runs: each race leaves a little behind in the promises that it lost to.
      await (held ? Promise.race([changed, held]) : changed);
    }
    if (trouble.length > 0) throw trouble[0];
    return end!;
  } finally {
    await schedule.close();
    cancelDeadline();
  }
}

/** Why no further trial is started, if so. */
function endOf(study: RunningStudy, control: RunControl): StudyEnd | null {
  if (reachedTarget(study)) return "target";
  if (study.finished >= study.trials) return "finished";
  return control.stopping ? "stopped" : null;
}

/**
 * The way of one attempt: its splits are recorded and judged as they come, its outcome is told once its slot has cleaned
 * up. Its end is on its way to the database when its slot is free, so that the start of the next trial shares its
 * transaction: `recorded`.
 */
async function runTrial(
  study: RunningStudy,
  trial: StartedTrial,
  control: RunControl,
  schedule: Schedule,
): Promise<{ readonly recorded: Promise<void> }> {
  const { number, key, running } = trial;
  const params = toParams(study.space, trial.row);
  study.listen({ kind: "trial-started", number, attempt: key.attempt, params });
  let finishedSplits = trial.recorded.length;
  let pruned: Outcome | null = null;
  let end: EngineEnd | null = null;
  let partial: readonly number[] | null = null;
  let recorded = Promise.resolve();

  const answerTo = (): Answer => {
    const verdict = judge(study, running, finishedSplits);
    if (verdict.prune)
      pruned = {
        state: "pruned",
        reason: "pruner",
        detail: { pruner: study.pruner.name, ...verdict.detail },
      };
    return verdict.prune ? "prune" : control.stopping ? "interrupt" : "go";
  };

  // A verdict that was lost in a crash is computed again from what is recorded.
  if (finishedSplits > 0 && answerTo() === "prune") {
    return { recorded: tell(study, trial, pruned!, { ...UNKNOWN_MEMORY, source: "guard" }, 0) };
  }
  const limits = schedule.limitsOf(trial.row);
  const live = study.live.begin(number, { trialId: key.trialId, row: trial.row, limits });
  schedule.started(key.trialId, limits);
  const task = { number, attempt: key.attempt, params, recorded: trial.recorded, limits };
  for await (const event of study.engine.run(task, live.signal)) {
    if (event.kind === "split") {
      finishedSplits++;
      await study.store.recordSplit(key, event.result, { isLast: finishedSplits === study.splitCount });
      partial = event.partial;
      if (study.splitCount > 1)
        running.steps.push({ step: event.result.split, value: event.result.values[0]! });
      study.listen({ kind: "split", number, result: event.result });
      event.answer(study.splitCount > 1 ? answerTo() : control.stopping ? "interrupt" : "go");
    } else if (event.kind === "report") {
      await study.store.recordReport(key, event.report);
      if (study.splitCount === 1) running.steps.push({ step: event.report.step, value: event.report.value });
      event.answer(study.splitCount === 1 ? answerTo() : "go");
    } else if (event.kind === "outcome") end = event.end;
    else if (event.kind === "final") {
      recorded = settle(study, trial, withPartial(pruned ?? end!, partial), event, control);
      recorded.catch(() => {}); // the loop hears of it
    } else await note(study, trial, event);
  }
  return { recorded };
}

/** A pruned trial has no value, but what its finished splits came to is told: `detail.partial`. */
function withPartial(end: EngineEnd, partial: readonly number[] | null): EngineEnd {
  if (end.state !== "pruned" || partial === null) return end;
  return { ...end, detail: { ...end.detail, partial: partial.length === 1 ? partial[0]! : partial } };
}

/** `belay kill`: for good, unlike a Ctrl-C. */
const KILLED: Outcome = { state: "fail", reason: "stopped", detail: { by: "user" }, error: null };

/** Records the end of an attempt: for good, or until its trial's next one. */
async function settle(
  study: RunningStudy,
  trial: StartedTrial,
  end: EngineEnd,
  { memory, durationMs }: Extract<EngineEvent, { kind: "final" }>,
  control: RunControl,
): Promise<void> {
  const isKilled = study.live.get(trial.number)?.killed === true;
  if (isKilled && end.state === "interrupted") return tell(study, trial, KILLED, memory, durationMs);
  if (end.state !== "interrupted" && end.state !== "pruned-by-verdict")
    return tell(study, trial, end, memory, durationMs);
  const cause: InterruptCause = control.stopping ? "ctrl-c" : "stop";
  study.sight.interrupt(trial.number);
  const next = await study.store.interrupt(trial.key, cause, { durationMs });
  study.listen({ kind: "trial-interrupted", number: trial.number, failed: next === "fail" });
}

async function note(study: RunningStudy, { number, key }: StartedTrial, event: EngineEvent): Promise<void> {
  if (event.kind === "started") {
    const { slot, pid, baselineBytes } = event;
    await study.store.recordStart(key, { slot, hostPid: pid, baselineBytes });
    study.listen({ kind: "trial-running", number, slot, pid });
  } else if (event.kind === "split-began") study.listen({ kind: "split-began", number, split: event.split });
}
