import { ticker } from "../../scheduler/ticker.ts";
import type { RunControl } from "../control.ts";
import type { Listener } from "../events.ts";
import type { Scheduler } from "../scheduler.ts";
import type { RunningStudy } from "../study.ts";
import { openMetrics } from "./metrics.ts";

/** How often the owner records that it lives. */
const HEARTBEAT_MS = 5_000;
/** How often the coordinator looks for commands from other terminals. */
const COMMANDS_MS = 250;
/** How often the scheduler looks at the load of the machine. */
const SENSE_MS = 1_000;
/** How often a row of metrics is recorded. */
const METRICS_MS = 5_000;
/** How often data that are older than their retention are thinned. */
const RETENTION_MS = 3_600_000;

/** The periodic work of one run. */
export interface Periodic {
  /** Passes events to the metrics, which count them. */
  readonly learn: Listener;
  /** Ends all periodic work. */
  stop(): void;
}

/**
 * Starts the periodic work of a run: the heartbeat and the commands always, the rest only in a run with scheduling.
 *
 * @param poll - Looks for commands and carries them out.
 * @param fail - Called when the database cannot be written.
 */
export function openPeriodic(
  study: Parameters<typeof openMetrics>[0] & Pick<RunningStudy, "seed" | "scheduling">,
  control: Pick<RunControl, "paused">,
  scheduler: Pick<Scheduler, "capacity" | "breaker" | "sense">,
  poll: () => Promise<void>,
  fail: (error: unknown) => void,
): Periodic {
  const { owned, clock, seed, scheduling } = study;
  const ticks = ticker({ clock, seed: seed + owned.epoch, onError: fail });
  ticks.register({ name: "heartbeat", intervalMs: HEARTBEAT_MS, run: () => owned.periodic.heartbeat() });
  ticks.register({ name: "commands", intervalMs: COMMANDS_MS, run: poll });
  if (!scheduling) return { learn: () => {}, stop: ticks.stop };
  const { capacity, breaker } = scheduler;
  const metrics = openMetrics(study, control, { capacity, breaker, ticks });
  const sense = (): void => {
    scheduler.sense();
    metrics.sample();
  };
  ticks.register({ name: "sense", intervalMs: SENSE_MS, run: sense });
  ticks.register({ name: "metrics", intervalMs: METRICS_MS, run: () => metrics.record() });
  ticks.register({ name: "retention", intervalMs: RETENTION_MS, run: () => owned.periodic.thin() });
  return { learn: metrics.learn, stop: ticks.stop };
}
