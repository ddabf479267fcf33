import type { Database } from "better-sqlite3";
import { contentOf, type Layout } from "./layout.ts";
import type { Pages } from "./pages.ts";

/** The indexes of `trials` that repeat a column. Their entries are the study's id, this column and the trial's id. */
const INDEXES: Readonly<Record<string, string>> = {
  trials_number: "number",
  trials_value: "value",
  trials_state: "state",
};

/** More lines are not shown, because nobody would read them. */
const MOST_LINES = 20;

/**
 * Finds trials whose row and index entry differ: one of the two is damaged, and nothing tells which.
 *
 * @param fresh - The database with the saved rows.
 * @returns a line of text for each.
 */
export function findDoubts(pages: Pages, layout: Layout, fresh: Database): string[] {
  const lines: string[] = [];
  const names = new Map(
    fresh.prepare("SELECT id, name FROM studies").raw().all() as (readonly [number, string])[],
  );
  const find = fresh.prepare<[number], Record<string, unknown>>(
    "SELECT study_id, number, value, state FROM trials WHERE id = ?",
  );
  for (const [index, column] of Object.entries(INDEXES)) {
    for (const [id, [studyId, said]] of entries(pages, layout, index)) {
      const row = typeof id === "number" ? find.get(id) : undefined;
      if (!row || (row.study_id === studyId && row[column] === said)) continue;
      const name = names.get(row.study_id as number) ?? row.study_id;
      const other = row.study_id === studyId ? said : `one of another study`;
      lines.push(
        `study ${name}, trial ${row.number}: its ${column} is ${row[column]} in one place and ${other} in another`,
      );
      if (lines.length === MOST_LINES) return lines;
    }
  }
  return lines;
}

function entries(pages: Pages, layout: Layout, index: string): Map<unknown, readonly [unknown, unknown]> {
  const found = new Map<unknown, readonly [unknown, unknown]>();
  for (const [page, owner] of layout.owners) {
    if (owner !== index) continue;
    for (const { values } of contentOf(pages, page)?.rows ?? [])
      if (values.length === 3) found.set(values[2], [values[0], values[1]]);
  }
  return found;
}
