import type { Database } from "better-sqlite3";
import type { Detail, Json } from "../../core/trial.ts";
import type { Command } from "../../store/records.ts";
import { prepareNamed } from "./named.ts";

interface RawCommand {
  id: number;
  kind: string;
  data: string;
  sentAtMs: number;
}

/** A command to insert. */
interface NewCommand {
  readonly studyId: number;
  readonly kind: string;
  readonly data: Json;
  readonly who: string | null;
  readonly atMs: number;
}

/** What the column `data` holds. */
interface Content {
  readonly asked: Json;
  readonly who: string | null;
}

/** The statements on `commands`. */
export function commandTable(db: Database) {
  const insert = prepareNamed(
    db,
    "INSERT INTO commands (study_id, kind, data, sent_at) VALUES (@studyId, @kind, @data, @atMs)",
  );
  const open = prepareNamed<{ readonly studyId: number; readonly afterId: number }, RawCommand>(
    db,
    `SELECT id, kind, data, sent_at AS sentAtMs FROM commands
     WHERE study_id = @studyId AND answered_at IS NULL AND id > @afterId ORDER BY id`,
  );
  const answer = prepareNamed(
    db,
    "UPDATE commands SET answered_at = @atMs, answer = @answer WHERE id = @id AND answered_at IS NULL",
  );
  const answered = db.prepare<[number], { answer: string | null }>(
    "SELECT answer FROM commands WHERE id = ? AND answered_at IS NOT NULL",
  );
  const expire = prepareNamed(
    db,
    "UPDATE commands SET answered_at = @atMs, answer = @answer WHERE study_id = @studyId AND answered_at IS NULL",
  );

  return {
    insert({ studyId, kind, data: asked, who, atMs }: NewCommand): number {
      const content: Content = { asked, who };
      return Number(insert.run({ studyId, kind, data: JSON.stringify(content), atMs }).lastInsertRowid);
    },
    /** Unanswered commands that came after `afterId`. */
    open: (studyId: number, afterId: number): Command[] =>
      open.all({ studyId, afterId }).map(({ data, ...raw }) => {
        const { asked, who } = JSON.parse(data) as Content;
        return { ...raw, data: asked, who };
      }),
    answer: (id: number, result: Detail, atMs: number) =>
      void answer.run({ id, answer: JSON.stringify(result), atMs }),
    /** The answer to a command; null until there is one. */
    answered(id: number): Detail | null {
      const row = answered.get(id);
      return row ? (JSON.parse(row.answer ?? "{}") as Detail) : null;
    },
    /** Refuses the open commands of a study whose coordinator does not carry them out any more. */
    expire: (studyId: number, message: string, atMs: number) =>
      void expire.run({ studyId, answer: JSON.stringify({ ok: false, message }), atMs }),
  };
}
