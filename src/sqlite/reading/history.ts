import type { Database } from "better-sqlite3";
import type { FinishedTrial } from "../../core/search/history.ts";
import type { StudyRow } from "../../store/records.ts";
import { type HistoryPart, historyReader } from "../history.ts";

const PAGE = 1_000;

/** Reads all or the newest finished trials in the order in which the sampler was told of them, a page at a time. */
export async function* readHistory(
  db: Database,
  { id, space, splitCount }: StudyRow,
  newest?: number,
  { withInvalid = false }: Pick<HistoryPart, "withInvalid"> = {},
): AsyncGenerator<FinishedTrial[]> {
  const after = newest === undefined ? undefined : toldBefore(db, id, newest, withInvalid);
  let page: FinishedTrial[] = [];
  for await (const trial of historyReader(db)(id, space, splitCount, { after, withInvalid })) {
    if (page.push(trial) < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The place in the history of the trial before the newest ones; undefined if there is none. */
export function toldBefore(
  db: Database,
  studyId: number,
  newest: number,
  withInvalid = true,
): number | undefined {
  const told = db.prepare<[number, number], number>(
    `SELECT told FROM trials WHERE study_id = ? AND told IS NOT NULL ${withInvalid ? "" : "AND invalid IS NULL"}
     ORDER BY told DESC LIMIT 1 OFFSET ?`,
  );
  return told.pluck().get(studyId, newest);
}
