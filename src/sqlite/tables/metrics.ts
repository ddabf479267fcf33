import type { Database } from "better-sqlite3";
import type { Metrics } from "../../store/records.ts";

/** The statements on `metrics`. */
export function metricsTable(db: Database) {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO metrics (study_id, at, trials_per_minute, slots_busy, slots, waiting, why, cpu, cpu_others,
       memory_total, memory_available, hosts_bytes, budget_bytes, claimed_bytes, lost_ms, attempts, ticker_lag_ms,
       ticker_misfires, breaker)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const whole = (value: number | null): number | null => (value === null ? null : Math.round(value));
  return {
    insert(studyId: number, row: Metrics, atMs: number): void {
      const sizes = [
        row.memoryTotal,
        row.memoryAvailable,
        row.hostsBytes,
        row.budgetBytes,
        row.claimedBytes,
        row.lostMs,
        row.attempts,
        row.tickerLagMs,
        row.tickerMisfires,
      ].map(whole);
      const load = [row.slotsBusy, row.slots, row.waiting, row.why, row.cpu, row.cpuOthers];
      insert.run(studyId, atMs, row.trialsPerMinute, ...load, ...sizes, row.breaker);
    },
  };
}
