import type { Database } from "better-sqlite3";
import type { Wait } from "../../store/activity.ts";
import type { Metrics } from "../../store/records.ts";

type MetricsAt = Metrics & { readonly atMs: number };

type RawMetrics = Omit<MetricsAt, "waits"> & { readonly waits: string | null };

const COLUMNS = `at AS atMs, trials_per_minute AS trialsPerMinute, slots_busy AS slotsBusy, slots, waiting, why, cpu,
  cpu_others AS cpuOthers, memory_total AS memoryTotal, memory_available AS memoryAvailable, hosts_bytes AS hostsBytes,
  budget_bytes AS budgetBytes, claimed_bytes AS claimedBytes, lost_ms AS lostMs, attempts, ticker_lag_ms AS tickerLagMs,
  ticker_misfires AS tickerMisfires, breaker, waits`;

const PAGE = 1_000;

export function newestMetrics(db: Database, studyId: number): MetricsAt | null {
  const newest = db.prepare<[number], RawMetrics>(
    `SELECT ${COLUMNS} FROM metrics WHERE study_id = ? ORDER BY at DESC LIMIT 1`,
  );
  const raw = newest.get(studyId);
  return raw ? toMetrics(raw) : null;
}

/** Reads the metrics that were recorded at a moment or later, oldest first, a page at a time. */
export function* readMetricsSince(db: Database, studyId: number, sinceMs: number): Generator<MetricsAt[]> {
  const page = db.prepare<[number, number], RawMetrics>(
    `SELECT ${COLUMNS} FROM metrics WHERE study_id = ? AND at >= ? ORDER BY at LIMIT ${PAGE}`,
  );
  for (let fromMs = sinceMs; ; ) {
    const rows = page.all(studyId, fromMs);
    if (rows.length > 0) yield rows.map(toMetrics);
    if (rows.length < PAGE) return;
    fromMs = rows.at(-1)!.atMs + 1;
  }
}

function toMetrics(raw: RawMetrics): MetricsAt {
  return { ...raw, waits: raw.waits === null ? [] : (JSON.parse(raw.waits) as Wait[]) };
}
