import type { Database } from "better-sqlite3";
import { answerTo, type Invalidation, type InvalidationOrder } from "../../store/invalidation.ts";
import { rowChanger } from "../checksum/row-writer.ts";
import { toInvalid } from "../rows.ts";
import { prepareNamed } from "./named.ts";

interface Found {
  readonly id: number;
  readonly told: number | null;
  readonly invalid: string | null;
}

/** The statements that make trials invalid. */
export function invalidTable(db: Database) {
  const find = prepareNamed<{ readonly studyId: number; readonly number: number }, Found>(
    db,
    "SELECT id, told, invalid FROM trials WHERE study_id = @studyId AND number = @number",
  );
  const change = rowChanger(db, "trials", ["id"], ["invalid"]);
  return {
    numbers: (studyId: number): number[] => readInvalid(db, studyId),
    /** Carries out an order, if it can be. */
    change(studyId: number, order: InvalidationOrder, who: string | null, atMs: number): Invalidation {
      const found = find.get({ studyId, number: order.number });
      const trial = found && {
        id: found.id,
        isFinished: found.told !== null,
        invalid: toInvalid(found.invalid),
      };
      const answer = answerTo(order, trial ?? null);
      if (!answer.ok) return answer;
      const invalid = order.undo ? null : JSON.stringify({ atMs, who, reason: order.reason });
      change([found!.id], () => ({ invalid }));
      return answer;
    },
  };
}

/** The numbers of the invalid trials of a study, ascending. */
export function readInvalid(db: Database, studyId: number): number[] {
  const numbers = db.prepare<[number], number>(
    "SELECT number FROM trials INDEXED BY trials_invalid WHERE study_id = ? AND invalid IS NOT NULL ORDER BY number",
  );
  return numbers.pluck().all(studyId);
}
