import { convergedDetail } from "../core/search/stop-rule.ts";
import type { Detail } from "../core/trial.ts";
import type { StudyEnd } from "../store/records.ts";
import { runAttempt } from "./attempt/attempt.ts";
import { betweenStarts } from "./commands/between-starts.ts";
import { openCommands } from "./commands/commands.ts";
import type { RunControl } from "./control.ts";
import { openConvergence } from "./convergence.ts";
import { type Listener, runEvents } from "./events.ts";
import { lostTrials } from "./lost.ts";
import { openParked } from "./parked.ts";
import { openPeriodic } from "./periodic/periodic.ts";
import { trialQueue } from "./queue.ts";
import { retryingStudy } from "./retrying-study.ts";
import type { Attempt } from "./running-attempts.ts";
import { openScheduler } from "./scheduler.ts";
import { openRun, type RunningStudy, type RunPlan, reachedTarget } from "./study.ts";

/** How a run ended. */
export interface RunEnd {
  readonly state: StudyEnd;
  /** The stop rule that ended it, with its numbers; null for other ends. */
  readonly detail: Detail | null;
}

/**
 * Runs a study until its end: asks, starts, judges and tells. The engine is left open; the caller closes it.
 *
 * @throws BelayError `store` or `stale` when the database cannot be written: then running attempts are cut short.
 */
export async function run(plan: RunPlan, control: RunControl): Promise<RunEnd> {
  const owned = retryingStudy(plan.owned, plan.clock, control, plan.listen);
  const learners: Listener[] = []; // filled once the parts are open: they need `events` themselves
  const events = runEvents(learners, plan.listen);
  const waiting = await owned.reads.waiting();
  const study = await openRun({ ...plan, owned }, control, events, waiting);
  const running = new Set<Promise<void>>();
  const recording = new Set<Promise<void>>(); // ends that are being recorded; their slots are free again
  const trouble: unknown[] = [];
  let starting: Promise<unknown> = Promise.resolve();
  const scheduler = openScheduler(study, control, fail);
  const between = betweenStarts(control, owned.row.name);
  const commands = openCommands(study, {
    control,
    scheduler,
    between,
    waiting,
    refresh: () => parked.refresh(),
  });
  const periodic = openPeriodic(study, control, scheduler, commands.poll, fail);
  learners.push(scheduler.learn, periodic.learn);
  const convergence = openConvergence(study, control);
  const parked = await openParked(study, waiting);
  const lost = lostTrials(study, waiting);
  const queue = trialQueue(study, waiting, scheduler, convergence, control);
  const cancelDeadline =
    plan.studyTimeoutMs === null ? () => {} : plan.clock.after(plan.studyTimeoutMs, timeOut);
  let end: StudyEnd | null = null;
  let detail: Detail | null = null;

  function fail(error: unknown): void {
    trouble.push(error);
    control.stopNow();
  }
  function record(attempt: Attempt, end: Promise<void>): void {
    const recorded = lost
      .note(attempt, end)
      .catch(fail)
      .finally(() => {
        recording.delete(recorded);
        control.wake();
      });
    recording.add(recorded);
  }
  /** Ends the run if a stop rule still holds now that no trial runs. */
  function converge(): void {
    const barred = queue.barred();
    const figure = barred === null ? null : convergence.settle(barred);
    if (!figure) return;
    end = "converged";
    detail = convergedDetail(figure);
  }
  function timeOut(): void {
    end ??= "timeout";
    control.stop();
  }

  try {
    for (;;) {
      await starting; // so that no further trial starts while the database cannot be written
      const isChanged = await between.run(() => Promise.all(recording));
      if (isChanged && end === "target") end = null; // the trial that has reached it may be invalid now
      const changed = control.changed; // taken before the checks, so that no change after them is missed
      if ((await lost.requeue()) && end === "exhausted") end = null;
      if (control.stopping) study.attempts.abortUntaken();
      if (trouble.length === 0) end ??= scheduler.end ?? endOf(study, control);
      const isQuiet = running.size === 0 && recording.size === 0 && lost.count === 0;
      if (isQuiet && trouble.length === 0 && (await parked.turn(end))) {
        end = null;
        continue;
      }
      convergence.watch();
      if (isQuiet && !end && trouble.length === 0) converge();
      if (isQuiet && (end || trouble.length > 0)) break;
      const isOpen = queue.isOpen(running.size + lost.count) && scheduler.mayStart(running.size);
      const mayStart = !end && trouble.length === 0 && isOpen;
      if (!mayStart) queue.drop();
      const attempt = mayStart ? await queue.next(running.size + lost.count, Promise.all(recording)) : null;
      if (attempt === "exhausted") end = "exhausted";
      else if (attempt) {
        starting = attempt.key.catch(() => {}); // the attempt fails with this error, and reports it
        const ended = runAttempt(study, attempt, control, scheduler)
          .then(({ recorded }) => record(attempt, recorded), fail)
          .finally(() => {
            study.attempts.end(attempt.number);
            running.delete(ended);
            control.wake();
          });
        running.add(ended);
      }
      if (attempt) continue;
      // Racing all running attempts here would leak memory: each race stays attached to the promises that it lost to.
      await changed;
    }
    if (trouble.length > 0) throw trouble[0];
    return { state: end!, detail };
  } finally {
    periodic.stop();
    between.close();
    scheduler.capacity.close();
    await commands.close();
    cancelDeadline();
    convergence.close();
  }
}

/** Why no further trial starts; null while more may start. */
function endOf(
  study: Pick<RunningStudy, "best" | "target" | "directions" | "finished" | "trials" | "round">,
  control: Pick<RunControl, "stopping">,
): StudyEnd | null {
  if (reachedTarget(study)) return "target";
  if (study.round === null && study.finished >= study.trials) return "finished";
  return control.stopping ? "stopped" : null;
}
