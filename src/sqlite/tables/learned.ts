import type { Database } from "better-sqlite3";
import type { SourceTrial } from "../../core/search/learned.ts";
import type { Learned } from "../../store/records.ts";
import { requireIntact } from "../checksum/intact.ts";
import { rowInserter } from "../checksum/row-writer.ts";

interface RawLearned {
  readonly source: string;
  readonly file: string | null;
  readonly trials: string;
}

/** What a study learns from; null if from nothing. */
export function readLearned(db: Database, studyId: number): Learned | null {
  const raw = db.prepare<[number], RawLearned>("SELECT * FROM learned WHERE study_id = ?").get(studyId);
  if (!raw) return null;
  const { source, file, trials } = requireIntact(db, "learned", raw);
  return { source, file, trials: JSON.parse(trials) as SourceTrial[] };
}

/** The statements on `learned`. */
export function learnedTable(db: Database) {
  const insert = rowInserter(db, "learned");
  return {
    insert: (studyId: number, { source, file, trials }: Learned) =>
      void insert({ study_id: studyId, source, file, trials: JSON.stringify(trials) }),
  };
}
