import type { Database } from "better-sqlite3";
import { type FinalMemory, type MemoryReading, type MemorySource, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import type { MemoryPhase } from "../../store/records.ts";
import { requireIntact } from "../checksum/intact.ts";
import { rowInserter } from "../checksum/row-writer.ts";
import { rounded } from "../rows.ts";

/** When a reading was taken, in which attempt, and by whom. */
interface Moment extends AttemptKey {
  readonly phase: MemoryPhase;
  /** -1 unless the phase is `split`. */
  readonly split: number;
  readonly source: MemorySource;
  readonly atMs: number;
}

/** The statements on `memory_log`. */
export function memoryTable(db: Database) {
  const insert = rowInserter(db, "memory_log", { keeps: true });
  const last = db.prepare<[number], Record<string, string | number | null>>(
    "SELECT * FROM memory_log WHERE trial_id = ? ORDER BY attempt DESC, logged_at DESC, split DESC LIMIT 1",
  );
  const final = db.prepare<[number], Record<string, string | number | null>>(
    "SELECT * FROM memory_log WHERE trial_id = ? AND phase = 'final'",
  );
  const removeFinal = db.prepare("DELETE FROM memory_log WHERE trial_id = ? AND phase = 'final'");
  const add = ({ trialId, attempt, phase, split, source, atMs }: Moment, reading: MemoryReading): void =>
    void insert({
      trial_id: trialId,
      attempt,
      phase,
      split,
      source,
      rss_bytes: rounded(reading.rssBytes),
      baseline_bytes: rounded(reading.baselineBytes),
      peak_bytes: rounded(reading.peakBytes),
      heap_bytes: rounded(reading.heapBytes),
      external_bytes: rounded(reading.externalBytes),
      array_buffer_bytes: rounded(reading.arrayBufferBytes),
      tensors: rounded(reading.tensors),
      tensor_bytes: rounded(reading.tensorBytes),
      gpu_bytes: rounded(reading.gpuBytes),
      logged_at: atMs,
    });

  return {
    start({ trialId, attempt }: AttemptKey, baselineBytes: number | null, atMs: number): void {
      const reading = { ...UNKNOWN_MEMORY, rssBytes: baselineBytes, baselineBytes };
      add({ trialId, attempt, phase: "start", split: -1, source: "worker", atMs }, reading);
    },
    split: ({ trialId, attempt }: AttemptKey, split: number, reading: MemoryReading, atMs: number) =>
      add({ trialId, attempt, phase: "split", split, source: "worker", atMs }, reading),
    final: ({ trialId, attempt }: AttemptKey, final: FinalMemory, atMs: number) =>
      add({ trialId, attempt, phase: "final", split: -1, source: final.source, atMs }, final),
    /** Takes a trial's final reading away, since the trial goes on. @returns it. */
    unfinal(trialId: number): Record<string, string | number | null> | null {
      const reading = final.get(trialId) ?? null;
      removeFinal.run(trialId);
      return reading;
    },
    /** Adds a final reading that repeats the trial's last one, for a trial that died with its coordinator. */
    finalFromLast({ trialId, attempt }: AttemptKey, atMs: number): void {
      const moment = { attempt, phase: "final", split: -1, source: "guard" } as const;
      const seen = last.get(trialId);
      if (seen) insert({ ...requireIntact(db, "memory_log", seen), ...moment, logged_at: atMs });
      else add({ trialId, ...moment, atMs }, UNKNOWN_MEMORY);
    },
  };
}
