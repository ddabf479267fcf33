import type { Database } from "better-sqlite3";
import { type FinalMemory, type MemoryReading, type MemorySource, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { MemoryPhase } from "../../store/records.ts";
import { fromReading, READING_COLUMNS } from "../rows.ts";

/** The statements on `memory_log`. */
export function memoryTable(db: Database) {
  const insert = db.prepare(
    `INSERT INTO memory_log (trial_id, attempt, phase, split, source, ${READING_COLUMNS}, logged_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const copyLast = db.prepare(
    `INSERT INTO memory_log (trial_id, attempt, phase, split, source, ${READING_COLUMNS}, logged_at)
     SELECT trial_id, ?, 'final', -1, 'guard', ${READING_COLUMNS}, ? FROM memory_log
     WHERE trial_id = ? ORDER BY attempt DESC, logged_at DESC, split DESC LIMIT 1`,
  );
  const add = (
    key: readonly [trialId: number, attempt: number],
    [phase, split, source]: readonly [MemoryPhase, number, MemorySource],
    reading: MemoryReading,
    atMs: number,
  ): void => void insert.run(...key, phase, split, source, ...fromReading(reading), atMs);

  return {
    start: (trialId: number, attempt: number, baselineBytes: number | null, atMs: number) =>
      add(
        [trialId, attempt],
        ["start", -1, "worker"],
        { ...UNKNOWN_MEMORY, rssBytes: baselineBytes, baselineBytes },
        atMs,
      ),
    split: (trialId: number, attempt: number, split: number, reading: MemoryReading, atMs: number) =>
      add([trialId, attempt], ["split", split, "worker"], reading, atMs),
    final: (trialId: number, attempt: number, final: FinalMemory, atMs: number) =>
      add([trialId, attempt], ["final", -1, final.source], final, atMs),
    /** A final row out of the last reading that was seen: for a trial that died with its coordinator. */
    finalFromLast(trialId: number, attempt: number, atMs: number): void {
      if (copyLast.run(attempt, atMs, trialId).changes > 0) return;
      add([trialId, attempt], ["final", -1, "guard"], UNKNOWN_MEMORY, atMs);
    },
  };
}
