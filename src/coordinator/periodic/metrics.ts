import { signOf } from "../../scheduler/breaker.ts";
import type { Ticker } from "../../scheduler/ticker.ts";
import type { Metrics } from "../../store/records.ts";
import type { Breaker } from "../breaker.ts";
import type { Capacity } from "../capacity/capacity.ts";
import type { RunControl } from "../control.ts";
import type { StudyEvent } from "../events.ts";
import type { RunningStudy } from "../study.ts";
import { slotReadings } from "./slot-readings.ts";
import { type Waiting, waitsOf } from "./waits.ts";

/** Over how long the trials per minute are counted. */
const RATE_MS = 60_000;
/** A ticker that is later than this is reported, because something keeps the coordinator busy. */
const LAG_ALERT_MS = 2_000;

/** The metrics of a run: counted here as things happen, recorded every few seconds. */
export function openMetrics(
  study: Waiting & Pick<RunningStudy, "owned" | "clock" | "events" | "limits" | "engine">,
  control: Pick<RunControl, "paused">,
  { capacity, breaker, ticks }: { capacity: Capacity; breaker: Pick<Breaker, "state">; ticks: Ticker },
) {
  const { owned, clock } = study;
  const began = clock.elapsed();
  const slots = slotReadings(study);
  let ends: number[] = [];
  let lostMs = 0;
  let attempts = 0;
  let isLate = false;

  function rate(): number {
    const now = clock.elapsed();
    ends = ends.filter((at) => now - at < RATE_MS);
    return (ends.length * 60_000) / Math.max(1_000, Math.min(RATE_MS, now - began));
  }

  /** The largest lag among the last ticks of all tasks, and the sum of their misfires. */
  function lag(): { lagMs: number; misfires: number } {
    const all = ticks.metrics();
    return {
      lagMs: Math.round(Math.max(...all.map(({ lagMs }) => lagMs))),
      misfires: all.reduce((sum, { misfires }) => sum + misfires, 0),
    };
  }

  function now(): Metrics {
    const { cpu, memory } = capacity;
    const machine = capacity.readMemory();
    const { lagMs, misfires } = lag();
    return {
      trialsPerMinute: rate(),
      slotsBusy: study.attempts.size,
      slots: capacity.slots,
      waiting: study.held.length,
      why:
        study.held.map(({ number, refused }) => `trial ${number}: ${refused?.why ?? ""}`).join("\n") || null,
      waits: waitsOf(study, control, { capacity, breaker }),
      cpu: cpu?.total ?? null,
      cpuOthers: cpu?.others ?? null,
      memoryTotal: machine?.totalBytes ?? null,
      memoryAvailable: machine?.availableBytes ?? null,
      hostsBytes: memory?.hostsBytes ?? null,
      budgetBytes: memory?.budgetBytes ?? null,
      claimedBytes: memory?.claimedBytes ?? null,
      lostMs,
      attempts,
      tickerLagMs: lagMs,
      tickerMisfires: misfires,
      breaker: breaker.state,
    };
  }

  return {
    now,
    /** Looks at the memory of the hosts, between two records. */
    sample: slots.sample,
    learn(event: StudyEvent): void {
      if (event.kind === "trial-started") attempts++;
      else if (event.kind === "trial-ended") {
        ends.push(clock.elapsed());
        const sign = signOf(event.outcome);
        if (!sign || sign.lost) lostMs += event.durationMs;
      }
    },
    async record(): Promise<void> {
      const metrics = now();
      const late = metrics.tickerLagMs > LAG_ALERT_MS;
      if (late && !isLate) study.events.emit({ kind: "late", lagMs: metrics.tickerLagMs });
      isLate = late;
      study.events.emit({ kind: "metrics", metrics });
      await owned.periodic.recordMetrics(metrics, slots.take());
    },
  };
}
