import type { Database } from "better-sqlite3";
import type { FinishedTrial } from "../../core/search/history.ts";
import type { StudyRow } from "../../store/records.ts";
import { historyReader } from "../history.ts";

const PAGE = 1_000;

/** Reads finished trials in the order in which the sampler was told of them, a page at a time. */
export async function* readHistory(
  db: Database,
  { id, space, splitCount }: StudyRow,
): AsyncGenerator<FinishedTrial[]> {
  let page: FinishedTrial[] = [];
  for await (const trial of historyReader(db)(id, space, splitCount)) {
    if (page.push(trial) < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
