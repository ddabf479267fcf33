import type { Database } from "better-sqlite3";

/** The kind of the event in which a repair writes down what it could not save: it is missed once, not for ever. */
export const REPAIR_EVENT = "repair";

/** What a study says that it should have, and has not. */
export interface Gap {
  readonly studyId: number;
  readonly study: string;
  /** Such as `trials`, `splits`. */
  readonly what: string;
  readonly count: number;
  /** An example, in words. */
  readonly first: string;
}

/** For each promise of the database those that break it: the study, and the trial's number. */
const PROMISES: readonly (readonly [what: string, sql: string])[] = [
  [
    "finished trials in the order in which they ended",
    `SELECT study_id, max(told) + 1 - count(*) AS count, NULL AS number FROM trials WHERE told IS NOT NULL
     GROUP BY study_id HAVING count(*) <> max(told) + 1`,
  ],
  [
    "final memory",
    `SELECT study_id, count(*) AS count, min(number) AS number FROM trials t WHERE told IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM memory_log m WHERE m.trial_id = t.id AND m.phase = 'final') GROUP BY study_id`,
  ],
  [
    "attempts",
    `SELECT study_id, count(*) AS count, min(number) AS number FROM trials t
     LEFT JOIN (SELECT trial_id, count(*) AS n, max(attempt) AS last FROM attempts GROUP BY trial_id) a ON a.trial_id = t.id
     WHERE t.attempts <> coalesce(a.n, 0) OR t.attempts <> coalesce(a.last, 0) GROUP BY study_id`,
  ],
  [
    "running attempts",
    `SELECT study_id, count(*) AS count, min(number) AS number FROM trials t
     WHERE (SELECT count(*) FROM attempts a WHERE a.trial_id = t.id AND a.state = 'running') <> (t.state = 'running')
     GROUP BY study_id`,
  ],
  [
    "last attempts that ended as their trial did",
    `SELECT study_id, count(*) AS count, min(number) AS number FROM trials t
     JOIN attempts a ON a.trial_id = t.id AND a.attempt = t.attempts
     WHERE t.told IS NOT NULL AND a.state <> t.state AND NOT (t.reason IS 'interrupted' AND a.state = 'interrupted')
     GROUP BY study_id`,
  ],
];

/** Of splits and numbers a repair may know that they are gone for good. */
const SPLITS = `SELECT t.study_id, t.id, t.number FROM trials t JOIN studies s ON s.id = t.study_id
  WHERE t.state = 'complete' AND (SELECT count(*) FROM splits p WHERE p.trial_id = t.id) <> s.split_count`;

/** The losses that earlier repairs recorded, by study. */
interface Known {
  readonly numbers: ReadonlySet<number>;
  readonly splits: ReadonlySet<number>;
}

/** Finds what is missing although the other rows promise it; what a repair has told of before is left out. */
export function findGaps(db: Database): Gap[] {
  const names = new Map(
    db.prepare("SELECT id, name FROM studies").raw().all() as (readonly [number, string])[],
  );
  const gaps: Gap[] = [];
  const add = (studyId: number, what: string, count: number, number: number | null): void => {
    const first = number === null ? "" : `trial ${number}`;
    gaps.push({ studyId, study: names.get(studyId) ?? `${studyId}`, what, count, first });
  };
  for (const studyId of names.keys()) {
    const known = readKnown(db, studyId);
    const { numbers, splits } = missing(db, studyId);
    const goneNumbers = numbers.filter((number) => !known.numbers.has(number));
    const goneSplits = splits.filter((number) => !known.splits.has(number));
    if (goneNumbers.length > 0) add(studyId, "trials", goneNumbers.length, goneNumbers[0]!);
    if (goneSplits.length > 0) add(studyId, "splits of complete trials", goneSplits.length, goneSplits[0]!);
  }
  for (const [what, sql] of PROMISES)
    for (const [studyId, count, number] of db.prepare(sql).raw().all() as [number, number, number | null][])
      add(studyId, what, count, number);
  return gaps;
}

/** The numbers of trials that are gone, and of complete ones that lack splits. */
export function missing(db: Database, studyId: number): { numbers: number[]; splits: number[] } {
  const there = db
    .prepare("SELECT number FROM trials WHERE study_id = ? ORDER BY number")
    .pluck()
    .all(studyId) as number[];
  const numbers: number[] = [];
  let next = 0;
  for (const number of there) {
    // A number that is far too large says nothing about those before it.
    if (number - next > MOST_MISSING) break;
    for (; next < number; next++) numbers.push(next);
    next = number + 1;
  }
  const splits = db.prepare(`${SPLITS} AND t.study_id = ?`).all(studyId) as { number: number }[];
  return { numbers, splits: splits.map(({ number }) => number) };
}

/** So many trials in a row can be missing. */
const MOST_MISSING = 1_000_000;

function readKnown(db: Database, studyId: number): Known {
  const events = db
    .prepare("SELECT data FROM events WHERE study_id = ? AND kind = ?")
    .pluck()
    .all(studyId, REPAIR_EVENT) as (string | null)[];
  const numbers = new Set<number>();
  const splits = new Set<number>();
  for (const text of events) {
    const data = text === null ? {} : (JSON.parse(text) as { numbers?: number[]; splits?: number[] });
    for (const number of data.numbers ?? []) numbers.add(number);
    for (const number of data.splits ?? []) splits.add(number);
  }
  return { numbers, splits };
}
