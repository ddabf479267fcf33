import { type ScheduledLimits, splitTimeout } from "../scheduler/split-timeout.ts";
import type { StudyEnd } from "../store/records.ts";
import { type Breaker, openBreaker } from "./breaker.ts";
import { openCapacity } from "./capacity/capacity.ts";
import type { Steering } from "./commands/set.ts";
import type { RunControl } from "./control.ts";
import type { StudyEvent } from "./events.ts";
import type { RunningStudy } from "./study.ts";

/** The scheduler of one run: whether a further trial may start, and under which limits. */
export interface Scheduler extends Steering {
  readonly breaker: Breaker;
  /** Whether one more trial may start beside those that run. Memory is not considered: that is `capacity.admission`. */
  mayStart(running: number): boolean;
  /** Why the scheduler ends the run; null while it does not. */
  readonly end: StudyEnd | null;
  /** Records the split timeout of a starting trial in the audit trail, unless it is a fixed one. */
  started(trialId: number, limits: ScheduledLimits): void;
  /** Looks at the load of the machine, and wakes the loop when it may be able to start a trial again. */
  sense(): void;
  /** Learns from what happens in the run; does nothing in a run without scheduling. */
  learn(event: StudyEvent): void;
}

/** @param fail - Called when the database cannot be written. */
export function openScheduler(
  study: Pick<
    RunningStudy,
    "owned" | "clock" | "space" | "scheduling" | "limits" | "attempts" | "engine" | "events"
  >,
  control: Pick<RunControl, "paused" | "wake">,
  fail: (error: unknown) => void,
): Scheduler {
  const { owned, scheduling, attempts } = study;
  const capacity = openCapacity(study, control);
  const breaker = openBreaker(study, fail);
  const timeouts = splitTimeout(study.space, {
    fixedMs: study.limits.trialTimeoutMs,
    ceilingMs: study.limits.trialTimeoutMs,
  });
  for (const { row, splitMs } of scheduling?.past ?? [])
    for (const durationMs of splitMs) timeouts.observe(row, durationMs);

  function learn(event: StudyEvent): void {
    if (!scheduling) return;
    const attempt = "number" in event ? attempts.get(event.number) : null;
    if (event.kind === "split" && attempt && scheduler.autoSplitTimeout)
      timeouts.observe(attempt.row, event.result.durationMs);
    if (event.kind === "trial-ended" && attempt && event.outcome.state === "pruned") {
      const { reason, detail } = event.outcome;
      if (reason === "split-timeout") timeouts.observe(attempt.row, Number(detail.elapsedMs));
    }
    capacity.learn(event, attempt);
    breaker.learn(event, attempt);
  }

  const scheduler: Scheduler = {
    learn,
    mayStart: (running) => !control.paused && capacity.hasRoom(running) && breaker.mayStart(),
    get end() {
      return breaker.isDead ? "breaker" : null;
    },
    breaker,
    capacity,
    autoSplitTimeout: scheduling?.autoSplitTimeout ?? false,
    limitsOf(row) {
      if (!scheduler.autoSplitTimeout) return { ...study.limits, from: null };
      const { limitMs, from } = timeouts.limit(row);
      return { ...study.limits, splitTimeoutMs: limitMs, from };
    },
    started(trialId, { splitTimeoutMs, from }) {
      if (from === null) return;
      owned.event("split-limit", trialId, { limitMs: splitTimeoutMs, from }).catch(fail);
    },
    sense() {
      capacity.sense();
      // The loop sleeps while it waits for memory or for the breaker, so it has to be woken to look again.
      if (capacity.isBlocked || breaker.isResting) control.wake();
    },
  };
  return scheduler;
}
