import type { Database } from "better-sqlite3";

/** The tables and the column by which each is read; parents stand before children. */
const TABLES: readonly (readonly [table: string, key: string])[] = [
  ["studies", "id"],
  ["owners", "study_id"],
  ["trials", "id"],
  ["attempts", "trial_id"],
  ["splits", "trial_id"],
  ["reports", "id"],
  ["memory_log", "trial_id"],
  ["events", "id"],
  ["metrics", "study_id"],
  ["commands", "id"],
];

/** How many rows of a table were saved, and how many keys could not be read or no longer fit. */
export interface Salvaged {
  readonly table: string;
  readonly saved: number;
  readonly lost: number;
}

/** Keys that are read together; where one of them is damaged, each alone. */
const CHUNK = 256;

/** Copies every row that can still be read from a damaged database into an empty one of the same schema. */
export function salvage(damaged: Database, fresh: Database): Salvaged[] {
  const copied = fresh.transaction(() => TABLES.map(([table, key]) => copyTable(damaged, fresh, table, key)));
  const result = copied.immediate();
  fresh.transaction(() => mend(fresh)).immediate();
  return result;
}

function copyTable(damaged: Database, fresh: Database, table: string, key: string): Salvaged {
  const columns = fresh.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
  const insert = fresh.prepare(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  let saved = 0;
  let lost = 0;
  const copy = (low: number, high: number): boolean => {
    try {
      const select = `SELECT ${columns.join(", ")} FROM ${table} NOT INDEXED WHERE ${key} BETWEEN ? AND ?`;
      for (const row of damaged.prepare(select).raw().all(low, high) as unknown[][]) {
        if (tryRun(() => insert.run(...row))) saved++;
        else lost++;
      }
      return true;
    } catch {
      return false;
    }
  };
  const last = lastKey(damaged, fresh, table, key);
  for (let low = 0; low <= last; low += CHUNK) {
    if (copy(low, low + CHUNK - 1)) continue;
    for (let one = low; one < low + CHUNK && one <= last; one++) if (!copy(one, one)) lost++;
  }
  return { table, saved, lost };
}

/** The highest key there may be: from the table, or when its end is damaged from what its parents and children name. */
function lastKey(damaged: Database, fresh: Database, table: string, key: string): number {
  if (key === "trial_id") return (fresh.prepare("SELECT max(id) FROM trials").pluck().get() as number) ?? 0;
  if (key === "study_id") return (fresh.prepare("SELECT max(id) FROM studies").pluck().get() as number) ?? 0;
  const sources = [
    `SELECT max(${key}) FROM ${table}`,
    ...(table === "trials"
      ? ["attempts", "splits", "memory_log"].map((child) => `SELECT max(trial_id) FROM ${child}`)
      : []),
  ];
  let last = 0;
  for (const sql of sources) {
    tryRun(() => {
      last = Math.max(last, (damaged.prepare(sql).pluck().get() as number | null) ?? 0);
    });
  }
  return last;
}

function tryRun(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

/** Makes what is left consistent: what was lost with its rows is run again, or counts as unknown. */
function mend(db: Database): void {
  // An attempt that nobody can remember did not happen; a trial that is not over waits for the next one.
  db.exec(`
    UPDATE trials SET attempts = coalesce((SELECT max(attempt) FROM attempts a WHERE a.trial_id = trials.id), 0);
    UPDATE trials SET state = 'waiting' WHERE state = 'running'
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.trial_id = trials.id AND a.state = 'running');
    INSERT INTO memory_log (trial_id, attempt, phase, split, source, logged_at)
      SELECT id, attempts, 'final', -1, 'guard', finished_at FROM trials t WHERE told IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM memory_log m WHERE m.trial_id = t.id AND m.phase = 'final');`);
  // The order in which outcomes were told has no gaps.
  const told = db
    .prepare<[], { id: number; study_id: number }>(
      "SELECT id, study_id FROM trials WHERE told IS NOT NULL ORDER BY study_id, told",
    )
    .all();
  db.exec("UPDATE trials SET told = told + 1000000000 WHERE told IS NOT NULL");
  const renumber = db.prepare("UPDATE trials SET told = ? WHERE id = ?");
  let next = 0;
  told.forEach(({ id, study_id }, i) => {
    next = i > 0 && told[i - 1]!.study_id === study_id ? next + 1 : 0;
    renumber.run(next, id);
  });
}
