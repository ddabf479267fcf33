import type { TrialLimits } from "../core/engine.ts";
import { type SplitLimit, splitTimeout } from "../scheduler/split-timeout.ts";
import { ticker } from "../scheduler/ticker.ts";
import type { StudyEnd } from "../store/records.ts";
import { openBreaker } from "./breaker.ts";
import { openCapacity } from "./capacity.ts";
import { openCommands } from "./commands.ts";
import type { RunControl } from "./control.ts";
import type { StudyEvent } from "./events.ts";
import { openMetrics } from "./metrics.ts";
import type { Steering } from "./set.ts";
import type { RunningStudy } from "./study.ts";

/** How often the owner tells that it lives. */
const HEARTBEAT_MS = 5_000;
/** How often the coordinator looks for commands from other terminals. */
const COMMANDS_MS = 250;
const SENSE_MS = 1_000;
const METRICS_MS = 5_000;
const RETENTION_MS = 3_600_000;

/** The limits of a trial, and where that of its splits comes from; null: it is fixed. */
export type ScheduledLimits = TrialLimits & { readonly from: SplitLimit["from"] | null };

/** The scheduler of one run: the work that comes back, and whether a further trial may start. */
export interface Scheduler extends Steering {
  /** Whether another trial may start beside those that run, were it not for its memory. */
  mayStart(running: number): boolean;
  /** Why the run ends, when that is the scheduler's decision. */
  readonly end: StudyEnd | null;
  /** The limits of a trial with these params, as they are now. */
  limitsOf(row: Float64Array): ScheduledLimits;
  /** A trial starts: the limit of its splits goes into the audit trail when it is not fixed. */
  started(trialId: number, limits: ScheduledLimits): void;
  /** Ends all periodic work. */
  close(): Promise<void>;
}

/** Starts the periodic work of a run. `fail` hears of a database that cannot be written. */
export function openScheduler(
  study: RunningStudy,
  control: RunControl,
  fail: (error: unknown) => void,
): Scheduler {
  const { owned, clock, scheduling } = study;
  const ticks = ticker({ clock, seed: study.seed + owned.epoch, onError: fail });
  const capacity = openCapacity(study, control);
  const breaker = openBreaker(study, fail);
  const metrics = openMetrics(study, { capacity, breaker, ticks });
  const timeouts = splitTimeout(study.space, {
    fixedMs: study.limits.trialTimeoutMs,
    ceilingMs: study.limits.trialTimeoutMs,
  });
  for (const { row, splitMs } of scheduling?.past ?? [])
    for (const durationMs of splitMs) timeouts.observe(row, durationMs);

  function learn(event: StudyEvent): void {
    const live = "number" in event ? study.attempts.get(event.number) : null;
    if (event.kind === "split" && live && scheduler.autoSplitTimeout)
      timeouts.observe(live.row, event.result.durationMs);
    if (event.kind === "trial-ended" && live && event.outcome.state === "pruned") {
      const { reason, detail } = event.outcome;
      if (reason === "split-timeout") timeouts.observe(live.row, Number(detail.elapsedMs));
    }
    metrics.hear(event);
    capacity.hear(event, live);
    breaker.hear(event, live);
  }
  if (scheduling) study.learn = learn;

  const scheduler: Scheduler = {
    mayStart: (running) => !control.paused && running < capacity.slots && breaker.mayStart(),
    get end() {
      return breaker.isDead ? "breaker" : null;
    },
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
    async close() {
      ticks.stop();
      await commands.close();
    },
  };
  const commands = openCommands(study, control, scheduler);
  ticks.register({ name: "heartbeat", intervalMs: HEARTBEAT_MS, run: () => owned.periodic.heartbeat() });
  ticks.register({ name: "commands", intervalMs: COMMANDS_MS, run: commands.poll });
  if (scheduling) {
    ticks.register({ name: "sense", intervalMs: SENSE_MS, run: () => sense() });
    ticks.register({ name: "metrics", intervalMs: METRICS_MS, run: () => metrics.record() });
    ticks.register({ name: "retention", intervalMs: RETENTION_MS, run: () => owned.periodic.thin() });
  }

  function sense(): void {
    capacity.sense();
    // Whoever waits for memory, for the breaker's rest or for a quieter machine looks again.
    if (capacity.isBlocked || breaker.isResting) control.wake();
  }
  return scheduler;
}
