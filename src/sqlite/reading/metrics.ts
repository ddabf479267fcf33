import type { Database } from "better-sqlite3";
import type { Metrics } from "../../store/records.ts";

export function newestMetrics(db: Database, studyId: number): (Metrics & { atMs: number }) | null {
  const newest = db.prepare<[number], Metrics & { atMs: number }>(
    `SELECT at AS atMs, trials_per_minute AS trialsPerMinute, slots_busy AS slotsBusy, slots, waiting, why, cpu,
         cpu_others AS cpuOthers, memory_total AS memoryTotal, memory_available AS memoryAvailable,
         hosts_bytes AS hostsBytes, budget_bytes AS budgetBytes, claimed_bytes AS claimedBytes, lost_ms AS lostMs,
         attempts, ticker_lag_ms AS tickerLagMs, ticker_misfires AS tickerMisfires, breaker
       FROM metrics WHERE study_id = ? ORDER BY at DESC LIMIT 1`,
  );
  return newest.get(studyId) ?? null;
}
