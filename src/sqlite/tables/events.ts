import type { Database } from "better-sqlite3";
import type { Detail } from "../../core/trial.ts";
import { prepareNamed } from "./named.ts";

/** An entry of the audit trail: what happened, and to which study and trial. */
interface NewEvent {
  readonly kind: string;
  readonly studyId: number | null;
  readonly trialId: number | null;
  readonly data: Detail;
  readonly atMs: number;
}

/** The statements on `events`. */
export function eventTable(db: Database) {
  const insert = prepareNamed(
    db,
    "INSERT INTO events (at, kind, study_id, trial_id, data) VALUES (@atMs, @kind, @studyId, @trialId, @data)",
  );
  return {
    insert: ({ kind, studyId, trialId, data, atMs }: NewEvent) =>
      void insert.run({ kind, studyId, trialId, data: JSON.stringify(data), atMs }),
  };
}
