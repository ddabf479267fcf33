import { type StudyJson, summarize } from "../../report/list.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";

/** Summaries of studies, each of which counts all trials of one. */
export interface SummaryCache {
  of(reader: Reader, study: StudyRow): Promise<StudyJson>;
  /** Forgets everything, because the database is another one. */
  clear(): void;
}

/** A coordinator can die without a write, so that a summary holds no longer than this. */
const MOST_AGE_MS = 1_000;

/** Keeps summaries until the database changes. */
export function summaryCache(): SummaryCache {
  const kept = new Map<
    number,
    { readonly version: number; readonly atMs: number; readonly summary: Promise<StudyJson> }
  >();
  return {
    async of(reader, study) {
      const version = await reader.version();
      const known = kept.get(study.id);
      const isFresh = known?.version === version && performance.now() - known.atMs < MOST_AGE_MS;
      if (isFresh) return known.summary;
      const summary = summarize(reader, study);
      kept.set(study.id, { version, atMs: performance.now(), summary });
      summary.catch(() => kept.delete(study.id));
      return summary;
    },
    clear: () => kept.clear(),
  };
}
