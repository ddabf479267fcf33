import type { openDatabase } from "../../../src/sqlite/database.ts";

// Conditions that must hold in a database after any fault, and more of them once its study has ended. They are plain
// SQL, so that no code of Belay judges its own work.

/** The expected state of the study. */
interface Expected {
  /** Whether the study has ended. */
  readonly ended: boolean;
  /** Number of trials that are expected; null if any number will do. */
  readonly target: number | null;
  /** Whether the file was repaired, which may have cost what rows said for people. Default false. */
  readonly isRepaired?: boolean;
}

/** Checks the conditions. @returns one line for each that does not hold. */
export function brokenPromises(
  db: ReturnType<typeof openDatabase>,
  { ended, target, isRepaired = false }: Expected,
): string[] {
  const broken: string[] = [];
  const expectNone = (promise: string, sql: string): void => {
    const rows = db.prepare(sql).all();
    if (rows.length > 0) broken.push(`${promise}: ${rows.length} rows, first ${JSON.stringify(rows[0])}`);
  };
  const integrity = db.pragma("integrity_check", { simple: true });
  if (integrity !== "ok") broken.push(`integrity: ${integrity}`);
  if ((db.pragma("foreign_key_check") as unknown[]).length > 0) broken.push("foreign keys do not hold");
  expectNone("each number once, without gaps", NUMBER_GAPS);
  expectNone("outcomes are told once, without gaps", TOLD_GAPS);
  expectNone(
    "each split's result once",
    "SELECT trial_id, split FROM splits GROUP BY 1, 2 HAVING count(*) > 1",
  );
  expectNone("a split belongs to an attempt of its trial", ORPHAN_SPLITS);
  expectNone("a finished trial has its final memory", NO_FINAL_MEMORY);
  expectNone("an unfinished trial has no final memory", EARLY_FINAL_MEMORY);
  expectNone("a complete trial has all its splits", MISSING_SPLITS);
  expectNone("a running trial has one running attempt, others none", RUNNING_ATTEMPTS);
  expectNone("a finished trial's last attempt ended as it did", LAST_ATTEMPT);
  if (!isRepaired)
    expectNone("each trial says who proposed it, and an enqueued one that it was", NO_PROPOSER);
  expectNone("attempts count from 1 without gaps", ATTEMPT_GAPS);
  if (!ended) return broken;
  expectNone(
    "no trial is left running or waiting",
    "SELECT number, state FROM trials WHERE state IN ('running', 'waiting')",
  );
  expectNone("no attempt is left running", "SELECT trial_id, attempt FROM attempts WHERE state = 'running'");
  const n = db.prepare("SELECT count(*) FROM trials WHERE told IS NOT NULL").pluck().get();
  if (target !== null && n !== target)
    broken.push(`the target is reached: expected ${target} trials, got ${n}`);
  return broken;
}

const NUMBER_GAPS =
  "SELECT study_id, count(*) AS n, max(number) AS last FROM trials GROUP BY 1 HAVING n <> last + 1 OR count(DISTINCT number) <> n";
// A trial that is taken up again keeps its place until it ends again.
const TOLD_GAPS = `SELECT study_id, count(place) AS n, count(DISTINCT place) AS places, max(place) AS last FROM
  (SELECT study_id, coalesce(told, json_extract(detail, '$.unparked.told')) AS place FROM trials)
  WHERE place IS NOT NULL GROUP BY 1 HAVING n <> last + 1 OR places <> n`;
const ORPHAN_SPLITS = `SELECT trial_id, split FROM splits s WHERE NOT EXISTS
  (SELECT 1 FROM attempts a WHERE a.trial_id = s.trial_id AND a.attempt = s.attempt)`;
const NO_FINAL_MEMORY = `SELECT number FROM trials t WHERE told IS NOT NULL AND
  (SELECT count(*) FROM memory_log m WHERE m.trial_id = t.id AND m.phase = 'final') <> 1`;
const EARLY_FINAL_MEMORY = `SELECT number FROM trials t WHERE told IS NULL AND
  EXISTS (SELECT 1 FROM memory_log m WHERE m.trial_id = t.id AND m.phase = 'final')`;
const MISSING_SPLITS = `SELECT t.number FROM trials t JOIN studies s ON s.id = t.study_id WHERE t.state = 'complete' AND
  (SELECT count(*) FROM splits p WHERE p.trial_id = t.id) <> s.split_count`;
const RUNNING_ATTEMPTS = `SELECT number, state FROM trials t WHERE
  (SELECT count(*) FROM attempts a WHERE a.trial_id = t.id AND a.state = 'running') <> (t.state = 'running')`;
const LAST_ATTEMPT = `SELECT t.number, t.state, a.state AS attempt FROM trials t
  JOIN attempts a ON a.trial_id = t.id AND a.attempt = t.attempts
  WHERE t.told IS NOT NULL AND a.state <> t.state AND NOT (t.reason = 'interrupted' AND a.state = 'interrupted')`;
const NO_PROPOSER = `SELECT number, enqueued, proposer FROM trials
  WHERE proposer IS NULL OR (proposer IN ('enqueued', 'defaults')) <> enqueued`;
const ATTEMPT_GAPS = `SELECT t.number, t.attempts FROM trials t WHERE t.attempts <>
  (SELECT count(*) FROM attempts a WHERE a.trial_id = t.id) OR t.attempts <> coalesce((SELECT max(attempt) FROM attempts a WHERE a.trial_id = t.id), 0)`;
