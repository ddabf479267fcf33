import type { Database } from "better-sqlite3";
import type { Metrics } from "../store/records.ts";
import { toIso } from "./study.ts";

/** The last that the scheduler of a study has written down. */
export interface ScheduleJson extends Metrics {
  readonly at: string;
}

/** The newest row of `metrics`; null before there is one. */
export function lastMetrics(db: Database, studyId: number): ScheduleJson | null {
  const row = db
    .prepare<[number], Metrics & { atMs: number }>(
      `SELECT at AS atMs, trials_per_minute AS trialsPerMinute, slots_busy AS slotsBusy, slots, waiting, why, cpu,
         cpu_others AS cpuOthers, memory_total AS memoryTotal, memory_available AS memoryAvailable,
         hosts_bytes AS hostsBytes, budget_bytes AS budgetBytes, claimed_bytes AS claimedBytes, lost_ms AS lostMs,
         attempts, ticker_lag_ms AS tickerLagMs, ticker_misfires AS tickerMisfires, breaker
       FROM metrics WHERE study_id = ? ORDER BY at DESC LIMIT 1`,
    )
    .get(studyId);
  if (!row) return null;
  const { atMs, ...metrics } = row;
  return { ...metrics, at: toIso(atMs) };
}
