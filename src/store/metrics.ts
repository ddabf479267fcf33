import type { Database } from "better-sqlite3";

/** What the scheduler of a run saw and decided at one moment. Sums (`lostMs`, `attempts`, misfires) are over the run. */
export interface Metrics {
  readonly trialsPerMinute: number;
  readonly slotsBusy: number;
  /** How many trials may run at a time now. */
  readonly slots: number;
  /** Trials that are asked for and wait for memory, and why: a line for each, `trial 7: ...`. */
  readonly waiting: number;
  readonly why: string | null;
  /** Shares of the machine's processor time, 0 to 1; null where they cannot be read. */
  readonly cpu: number | null;
  readonly cpuOthers: number | null;
  readonly memoryTotal: number | null;
  readonly memoryAvailable: number | null;
  /** What all hosts hold. */
  readonly hostsBytes: number | null;
  readonly budgetBytes: number | null;
  /** What running trials are expected to hold at their peaks. */
  readonly claimedBytes: number | null;
  /** Time of trials that guards, failures and kills have ended. */
  readonly lostMs: number;
  readonly attempts: number;
  readonly tickerLagMs: number;
  readonly tickerMisfires: number;
  readonly breaker: "off" | "closed" | "open" | "half-open" | "dead";
}

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
