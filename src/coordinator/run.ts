import type { Answer, EngineEnd, EngineEvent } from "../core/engine.ts";
import { toParams } from "../core/space/space.ts";
import { type InterruptCause, type Outcome, UNKNOWN_MEMORY } from "../core/trial.ts";
import type { AttemptKey } from "../store/owned-study.ts";
import type { StudyEnd } from "../store/records.ts";
import type { RunControl } from "./control.ts";
import { judge } from "./judge.ts";
import type { StartedTrial } from "./proposal.ts";
import { trialQueue } from "./queue.ts";
import { isTaken } from "./refusal.ts";
import { retryingStudy } from "./retrying-study.ts";
import { openScheduler, type Scheduler } from "./scheduler.ts";
import { openRun, type RunningStudy, type RunPlan, reachedTarget } from "./study.ts";
import { tell } from "./tell.ts";

/**
 * Runs a study until its end: asks, starts, judges and tells. The engine is left open; the caller closes it.
 *
 * @throws BelayError `store` or `stale` when the database cannot be written: then running attempts are cut short.
 */
export async function run(plan: RunPlan, control: RunControl): Promise<StudyEnd> {
  const owned = retryingStudy(plan.owned, plan.clock, control, plan.listen);
  const study = await openRun({ ...plan, owned }, control);
  const waiting = await owned.reads.waiting();
  const running = new Set<Promise<void>>();
  const recording = new Set<Promise<void>>(); // the ends of attempts whose slots are free again
  const trouble: unknown[] = [];
  let starting: Promise<unknown> = Promise.resolve();
  const scheduler = openScheduler(study, control, fail);
  const queue = trialQueue(study, waiting, scheduler);
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
      await starting; // so that nothing more starts while the database cannot be written
      const changed = control.changed; // what comes from here on is not missed
      if (trouble.length === 0) end ??= scheduler.end ?? endOf(study, control);
      const isQuiet = running.size === 0 && recording.size === 0;
      if (isQuiet && (end || trouble.length > 0)) break;
      const held = study.engine.held();
      const isOpen = !held && queue.isOpen(running.size) && scheduler.mayStart(running.size);
      const trial =
        !end && trouble.length === 0 && isOpen
          ? await queue.next(running.size, Promise.all(recording))
          : null;
      if (trial === "exhausted") end = "exhausted";
      else if (trial) {
        starting = trial.key.catch(() => {}); // the trial itself hears of it
        const attempt = runTrial(study, trial, control, scheduler)
          .then(({ recorded }) => record(recorded), fail)
          .finally(() => {
            study.attempts.end(trial.number);
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
    await scheduler.close();
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
 * up. The next trial does not wait for the database: its start is recorded after this one's end, which is `recorded` while
 * the slot is free again.
 */
async function runTrial(
  study: RunningStudy,
  trial: StartedTrial,
  control: RunControl,
  scheduler: Scheduler,
): Promise<{ readonly recorded: Promise<void> }> {
  const { number, attempt, row, running } = trial;
  const params = toParams(study.space, row);
  let finishedSplits = trial.recorded.length;
  let pruned: Outcome | null = null;
  let end: EngineEnd | null = null;
  let partial: readonly number[] | null = null;
  let before: Promise<unknown> = trial.key; // what is to be recorded before the end
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

  const limits = scheduler.limitsOf(row);
  study.learn({ kind: "trial-started", number, attempt, params });
  const announced = trial.key.then(({ trialId }) => {
    study.announce({ kind: "trial-started", number, attempt, params });
    scheduler.started(trialId, limits);
  });
  announced.catch(() => {}); // whatever is recorded next fails as well
  // A verdict that was lost in a crash is computed again from what is recorded.
  if (finishedSplits > 0 && answerTo() === "prune") {
    return { recorded: tell(study, trial, announced, pruned!, { ...UNKNOWN_MEMORY, source: "guard" }, 0) };
  }
  const live = study.attempts.begin(number, { key: trial.key, row, limits });
  const task = { number, attempt, params, recorded: trial.recorded, limits };
  for await (const event of study.engine.run(task, live.signal)) {
    const key = await trial.key;
    if (event.kind === "split") {
      finishedSplits++;
      const isLast = finishedSplits === study.splitCount;
      partial = event.partial;
      if (study.splitCount > 1)
        running.steps.push({ step: event.result.split, value: event.result.values[0]! });
      const recording = study.owned.recordSplit(key, event.result, { isLast });
      const write = isTaken(study, trial, recording).then((taken) => {
        if (!taken) return event.answer("interrupt");
        study.announce({ kind: "split", number, result: event.result });
        event.answer(study.splitCount > 1 ? answerTo() : control.stopping ? "interrupt" : "go");
      });
      study.learn({ kind: "split", number, result: event.result });
      before = write;
      if (!isLast) await write;
      else write.catch(() => event.answer("interrupt")); // the end of the trial waits for it, and fails as well
    } else if (event.kind === "report") {
      if (!(await isTaken(study, trial, study.owned.recordReport(key, event.report)))) {
        event.answer("interrupt");
        continue;
      }
      if (study.splitCount === 1) running.steps.push({ step: event.report.step, value: event.report.value });
      event.answer(study.splitCount === 1 ? answerTo() : "go");
    } else if (event.kind === "outcome") end = event.end;
    else if (event.kind === "final") {
      recorded = settle(
        study,
        trial,
        before,
        withPartial(trial.refused ?? pruned ?? end!, partial),
        event,
        control,
      );
      recorded.catch(() => {}); // the loop hears of it
    } else await note(study, trial, key, event);
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

/** Records the end of an attempt after what came `before`: for good, or until its trial's next one. */
async function settle(
  study: RunningStudy,
  trial: StartedTrial,
  before: Promise<unknown>,
  end: EngineEnd,
  { memory, durationMs }: Extract<EngineEvent, { kind: "final" }>,
  control: RunControl,
): Promise<void> {
  const isKilled = study.attempts.get(trial.number)?.killed === true;
  if (isKilled && end.state === "interrupted") return tell(study, trial, before, KILLED, memory, durationMs);
  if (end.state !== "interrupted" && end.state !== "pruned-by-verdict")
    return tell(study, trial, before, end, memory, durationMs);
  const cause: InterruptCause = control.stopping ? "ctrl-c" : "stop";
  study.history.interrupt(trial.number);
  await before;
  if (trial.refused) return tell(study, trial, before, trial.refused, memory, durationMs);
  const next = await study.owned.interrupt(await trial.key, cause, { durationMs });
  study.listen({ kind: "trial-interrupted", number: trial.number, failed: next === "fail" });
}

async function note(
  study: RunningStudy,
  trial: StartedTrial,
  key: AttemptKey,
  event: EngineEvent,
): Promise<void> {
  const { number } = trial;
  if (event.kind === "started") {
    const { slot, pid, baselineBytes } = event;
    await isTaken(study, trial, study.owned.recordStart(key, { slot, hostPid: pid, baselineBytes }));
    study.listen({ kind: "trial-running", number, slot, pid });
  } else if (event.kind === "split-began") study.listen({ kind: "split-began", number, split: event.split });
}
