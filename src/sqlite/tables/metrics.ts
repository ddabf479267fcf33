import type { Database } from "better-sqlite3";
import type { Metrics } from "../../store/records.ts";
import { rounded } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** The statements on `metrics`. */
export function metricsTable(db: Database) {
  const insert = prepareNamed(
    db,
    `INSERT OR REPLACE INTO metrics (study_id, at, trials_per_minute, slots_busy, slots, waiting, why, cpu, cpu_others,
       memory_total, memory_available, hosts_bytes, budget_bytes, claimed_bytes, lost_ms, attempts, ticker_lag_ms,
       ticker_misfires, breaker, waits)
     VALUES (@studyId, @atMs, @trialsPerMinute, @slotsBusy, @slots, @waiting, @why, @cpu, @cpuOthers,
       @memoryTotal, @memoryAvailable, @hostsBytes, @budgetBytes, @claimedBytes, @lostMs, @attempts, @tickerLagMs,
       @tickerMisfires, @breaker, @waits)`,
  );
  return {
    insert: (studyId: number, metrics: Metrics, atMs: number) =>
      void insert.run({
        ...metrics,
        studyId,
        atMs,
        waits: metrics.waits.length === 0 ? null : JSON.stringify(metrics.waits),
        memoryTotal: rounded(metrics.memoryTotal),
        memoryAvailable: rounded(metrics.memoryAvailable),
        hostsBytes: rounded(metrics.hostsBytes),
        budgetBytes: rounded(metrics.budgetBytes),
        claimedBytes: rounded(metrics.claimedBytes),
        lostMs: rounded(metrics.lostMs),
        attempts: rounded(metrics.attempts),
        tickerLagMs: rounded(metrics.tickerLagMs),
        tickerMisfires: rounded(metrics.tickerMisfires),
      }),
  };
}
