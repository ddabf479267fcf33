import type { Database } from "better-sqlite3";
import { type FinalMemory, type MemoryReading, type MemorySource, UNKNOWN_MEMORY } from "../../core/trial.ts";
import type { AttemptKey } from "../../store/owned-study.ts";
import type { MemoryPhase } from "../../store/records.ts";
import { rounded } from "../rows.ts";
import { prepareNamed } from "./named.ts";

/** The columns of `memory_log` that hold a reading. */
const READING_COLUMNS = `rss_bytes, baseline_bytes, peak_bytes, heap_bytes, external_bytes, array_buffer_bytes,
  tensors, tensor_bytes, gpu_bytes`;

/** When, in which attempt and by whom a reading was taken. */
interface Moment extends AttemptKey {
  readonly phase: MemoryPhase;
  /** -1 unless the phase is `split`. */
  readonly split: number;
  readonly source: MemorySource;
  readonly atMs: number;
}

/** The statements on `memory_log`. */
export function memoryTable(db: Database) {
  const insert = prepareNamed(
    db,
    `INSERT INTO memory_log (trial_id, attempt, phase, split, source, ${READING_COLUMNS}, logged_at)
     VALUES (@trialId, @attempt, @phase, @split, @source, @rssBytes, @baselineBytes, @peakBytes, @heapBytes,
       @externalBytes, @arrayBufferBytes, @tensors, @tensorBytes, @gpuBytes, @atMs)
     ON CONFLICT DO NOTHING`,
  );
  const copyLast = prepareNamed<AttemptKey & { readonly atMs: number }>(
    db,
    `INSERT INTO memory_log (trial_id, attempt, phase, split, source, ${READING_COLUMNS}, logged_at)
     SELECT trial_id, @attempt, 'final', -1, 'guard', ${READING_COLUMNS}, @atMs FROM memory_log
     WHERE trial_id = @trialId ORDER BY attempt DESC, logged_at DESC, split DESC LIMIT 1`,
  );
  const add = ({ trialId, attempt, phase, split, source, atMs }: Moment, reading: MemoryReading): void =>
    void insert.run({
      trialId,
      attempt,
      phase,
      split,
      source,
      rssBytes: rounded(reading.rssBytes),
      baselineBytes: rounded(reading.baselineBytes),
      peakBytes: rounded(reading.peakBytes),
      heapBytes: rounded(reading.heapBytes),
      externalBytes: rounded(reading.externalBytes),
      arrayBufferBytes: rounded(reading.arrayBufferBytes),
      tensors: rounded(reading.tensors),
      tensorBytes: rounded(reading.tensorBytes),
      gpuBytes: rounded(reading.gpuBytes),
      atMs,
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
    /** A final row out of the last reading that was seen: for a trial that died with its coordinator. */
    finalFromLast({ trialId, attempt }: AttemptKey, atMs: number): void {
      if (copyLast.run({ trialId, attempt, atMs }).changes > 0) return;
      add({ trialId, attempt, phase: "final", split: -1, source: "guard", atMs }, UNKNOWN_MEMORY);
    },
  };
}
