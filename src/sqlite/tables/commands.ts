import type { Database } from "better-sqlite3";
import type { Detail, Json } from "../../core/trial.ts";
import type { Command } from "../../store/records.ts";

interface RawCommand {
  id: number;
  kind: string;
  data: string | null;
  sentAtMs: number;
}

/** The statements on `commands` and `events`. */
export function commandTable(db: Database) {
  const insert = db.prepare("INSERT INTO commands (study_id, kind, data, sent_at) VALUES (?, ?, ?, ?)");
  const open = db.prepare<[number, number], RawCommand>(
    `SELECT id, kind, data, sent_at AS sentAtMs FROM commands
     WHERE study_id = ? AND answered_at IS NULL AND id > ? ORDER BY id`,
  );
  const answer = db.prepare(
    "UPDATE commands SET answered_at = ?, answer = ? WHERE id = ? AND answered_at IS NULL",
  );
  const answered = db.prepare<[number], { answer: string | null }>(
    "SELECT answer FROM commands WHERE id = ? AND answered_at IS NOT NULL",
  );
  const expire = db.prepare(
    "UPDATE commands SET answered_at = ?, answer = ? WHERE study_id = ? AND answered_at IS NULL",
  );
  const event = db.prepare("INSERT INTO events (at, kind, study_id, trial_id, data) VALUES (?, ?, ?, ?, ?)");

  return {
    insert: (studyId: number, kind: string, data: Json, atMs: number): number =>
      Number(insert.run(studyId, kind, JSON.stringify(data), atMs).lastInsertRowid),
    /** Unanswered commands that came after `afterId`. */
    open: (studyId: number, afterId: number): Command[] =>
      open
        .all(studyId, afterId)
        .map((raw) => ({ ...raw, data: raw.data === null ? null : (JSON.parse(raw.data) as Json) })),
    answer: (id: number, result: Detail, atMs: number) => void answer.run(atMs, JSON.stringify(result), id),
    /** null: not answered yet. */
    answered(id: number): Detail | null {
      const row = answered.get(id);
      return row ? (JSON.parse(row.answer ?? "{}") as Detail) : null;
    },
    /** Answers what nobody will: it was sent to a coordinator that is gone. */
    expire: (studyId: number, atMs: number) =>
      void expire.run(atMs, JSON.stringify({ ok: false, message: "its coordinator was gone" }), studyId),
    event: (kind: string, studyId: number | null, trialId: number | null, data: Detail, atMs: number) =>
      void event.run(atMs, kind, studyId, trialId, JSON.stringify(data)),
  };
}
