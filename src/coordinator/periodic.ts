import { ticker } from "../scheduler/ticker.ts";
import { openMetrics } from "./metrics.ts";
import type { Scheduler } from "./scheduler.ts";
import type { RunningStudy } from "./study.ts";

/** How often the owner tells that it lives. */
const HEARTBEAT_MS = 5_000;
/** How often the coordinator looks for commands from other terminals. */
const COMMANDS_MS = 250;
const SENSE_MS = 1_000;
const METRICS_MS = 5_000;
const RETENTION_MS = 3_600_000;

/**
 * Starts the work of a run that comes back: that of its owner always, that of its scheduler where it has one.
 *
 * @param poll - Looks for commands and carries them out.
 * @param fail - Hears of a database that cannot be written.
 * @returns what ends it.
 */
export function openPeriodic(
  study: Pick<RunningStudy, "owned" | "clock" | "seed" | "scheduling" | "attempts" | "held" | "events">,
  scheduler: Scheduler,
  poll: () => Promise<void>,
  fail: (error: unknown) => void,
): { stop(): void } {
  const { owned, clock, seed, scheduling, events } = study;
  const ticks = ticker({ clock, seed: seed + owned.epoch, onError: fail });
  ticks.register({ name: "heartbeat", intervalMs: HEARTBEAT_MS, run: () => owned.periodic.heartbeat() });
  ticks.register({ name: "commands", intervalMs: COMMANDS_MS, run: poll });
  if (!scheduling) return ticks;
  const { capacity, breaker } = scheduler;
  const metrics = openMetrics(study, { capacity, breaker, ticks });
  events.addLearner(metrics.hear);
  ticks.register({ name: "sense", intervalMs: SENSE_MS, run: scheduler.sense });
  ticks.register({ name: "metrics", intervalMs: METRICS_MS, run: () => metrics.record() });
  ticks.register({ name: "retention", intervalMs: RETENTION_MS, run: () => owned.periodic.thin() });
  return ticks;
}
