import type { Database } from "better-sqlite3";

/** The kind of the event in which a repair records what it could not save, so that it is not reported again. */
export const REPAIR_EVENT = "repair";

/** Rows that a study should have and lacks. */
export interface Gap {
  readonly studyId: number;
  readonly study: string;
  /** What is missing, such as `trials` or `splits of complete trials`. */
  readonly what: string;
  readonly count: number;
  /** The first trial concerned, such as `trial 12`; empty if none can be named. */
  readonly first: string;
}

/**
 * For each invariant of the database a query for violations: the study, how many, and the number of the first trial.
 */
const INVARIANTS: readonly (readonly [what: string, sql: string])[] = [
  [
    "finished trials in the order in which they ended",
    // A trial that is taken up again keeps its place.
    `SELECT study_id, max(place) + 1 - count(*) AS count, NULL AS number FROM (SELECT study_id, coalesce(told,
       CASE WHEN state IN ('waiting', 'running') AND json_valid(detail) THEN json_extract(detail, '$.unparked.told') END)
       AS place FROM trials) WHERE place IS NOT NULL
     GROUP BY study_id HAVING count(*) <> max(place) + 1`,
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

/** Selects complete trials that lack splits. */
const INCOMPLETE_SPLITS = `SELECT t.study_id, t.id, t.number FROM trials t JOIN studies s ON s.id = t.study_id
  WHERE t.state = 'complete' AND (SELECT count(*) FROM splits p WHERE p.trial_id = t.id) <> s.split_count`;

/** The numbers of missing trials, and of trials with missing splits, that earlier repairs of a study recorded. */
interface RecordedLosses {
  readonly numbers: ReadonlySet<number>;
  readonly splits: ReadonlySet<number>;
}

/** Finds rows that are missing although other rows require them, except losses that a repair has recorded. */
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
    const known = readRecordedLosses(db, studyId);
    const { numbers, splits } = findMissing(db, studyId);
    const goneNumbers = numbers.filter((number) => !known.numbers.has(number));
    const goneSplits = splits.filter((number) => !known.splits.has(number));
    if (goneNumbers.length > 0) add(studyId, "trials", goneNumbers.length, goneNumbers[0]!);
    if (goneSplits.length > 0) add(studyId, "splits of complete trials", goneSplits.length, goneSplits[0]!);
  }
  for (const [what, sql] of INVARIANTS)
    for (const [studyId, count, number] of db.prepare(sql).raw().all() as [number, number, number | null][])
      add(studyId, what, count, number);
  return gaps;
}

/** The numbers of missing trials, and of complete trials that lack splits. */
export function findMissing(db: Database, studyId: number): { numbers: number[]; splits: number[] } {
  const there = db
    .prepare("SELECT number FROM trials WHERE study_id = ? ORDER BY number")
    .pluck()
    .all(studyId) as number[];
  const numbers: number[] = [];
  let next = 0;
  for (const number of there) {
    // A number that is far too large is itself damaged, and says nothing about earlier trials.
    if (number - next > MOST_MISSING) break;
    for (; next < number; next++) numbers.push(next);
    next = number + 1;
  }
  const splits = db.prepare(`${INCOMPLETE_SPLITS} AND t.study_id = ?`).all(studyId) as { number: number }[];
  return { numbers, splits: splits.map(({ number }) => number) };
}

/** A longer gap between two trial numbers is not believed. */
const MOST_MISSING = 1_000_000;

function readRecordedLosses(db: Database, studyId: number): RecordedLosses {
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
