import type { Database } from "better-sqlite3";
import { findMissing, REPAIR_EVENT } from "./gaps.ts";

/** A greater number of attempts is damage. */
const MOST_ATTEMPTS = 1_000;

/** For each table the rows whose study or trial is missing. */
const ORPHANS: Readonly<Record<string, string>> = {
  owners: "study_id NOT IN (SELECT id FROM studies)",
  attempts: "trial_id NOT IN (SELECT id FROM trials)",
  splits: "trial_id NOT IN (SELECT id FROM trials)",
  reports: "trial_id NOT IN (SELECT id FROM trials)",
  memory_log: "trial_id NOT IN (SELECT id FROM trials)",
  learned: "study_id NOT IN (SELECT id FROM studies)",
  metrics: "study_id NOT IN (SELECT id FROM studies)",
  slots: "study_id NOT IN (SELECT id FROM studies)",
  slot_memory: "study_id NOT IN (SELECT id FROM studies)",
  commands: "study_id NOT IN (SELECT id FROM studies)",
  events:
    "study_id NOT IN (SELECT id FROM studies) OR (trial_id IS NOT NULL AND trial_id NOT IN (SELECT id FROM trials))",
};

/**
 * Makes the saved rows consistent: deletes rows whose study or trial is missing, fills in lost attempts and final
 * readings with unknown values, and records in each study what it has lost.
 *
 * @returns how many rows of each table were deleted.
 */
export function mend(db: Database, nowMs: number): Map<string, number> {
  const dropped = new Map<string, number>();
  const exists = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?"); // an older schema lacks tables
  for (const [table, where] of Object.entries(ORPHANS).filter(([table]) => exists.get(table)))
    dropped.set(table, db.prepare(`DELETE FROM ${table} WHERE ${where}`).run().changes);
  mendAttempts(db);
  mendFinals(db);
  renumberTold(db);
  recordLosses(db, nowMs);
  return dropped;
}

/**
 * Adds lost attempts, which follow from the rows that refer to them and from the trial's count, and mends their states.
 */
function mendAttempts(db: Database): void {
  for (const table of ["splits", "reports", "memory_log", "attempts"])
    db.exec(`DELETE FROM ${table} WHERE attempt > ${MOST_ATTEMPTS} OR attempt < 1`);
  db.exec(`
    UPDATE trials SET attempts = max(
      CASE WHEN attempts BETWEEN 0 AND ${MOST_ATTEMPTS} THEN attempts ELSE 0 END,
      coalesce((SELECT max(attempt) FROM attempts a WHERE a.trial_id = trials.id), 0),
      coalesce((SELECT max(attempt) FROM splits s WHERE s.trial_id = trials.id), 0),
      coalesce((SELECT max(attempt) FROM reports r WHERE r.trial_id = trials.id), 0),
      coalesce((SELECT max(attempt) FROM memory_log m WHERE m.trial_id = trials.id), 0));
    UPDATE trials SET attempts = 1 WHERE told IS NOT NULL AND attempts = 0;
    UPDATE attempts SET state = 'interrupted', cause = 'reboot', reason = NULL, ended_at = coalesce(ended_at, started_at)
      WHERE state <> 'interrupted' AND NOT EXISTS (SELECT 1 FROM trials t WHERE t.id = trial_id AND t.attempts = attempt
        AND (t.told IS NOT NULL OR (t.state = 'running' AND attempts.state = 'running')));
    WITH RECURSIVE counted (trial_id, attempt) AS (
      SELECT id, 1 FROM trials WHERE attempts > 0
      UNION ALL SELECT trial_id, attempt + 1 FROM counted JOIN trials t ON t.id = trial_id WHERE attempt < t.attempts)
    INSERT INTO attempts (trial_id, attempt, epoch, state, cause, code_hash, started_at, ended_at)
      SELECT c.trial_id, c.attempt, coalesce((SELECT max(epoch) FROM owners o WHERE o.study_id = t.study_id), 1),
        'interrupted', 'reboot', s.code_hash, coalesce(t.started_at, t.created_at), coalesce(t.finished_at, t.created_at)
      FROM counted c JOIN trials t ON t.id = c.trial_id JOIN studies s ON s.id = t.study_id
      WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.trial_id = c.trial_id AND a.attempt = c.attempt);
    UPDATE attempts SET (state, reason, cause, ended_at) =
        (SELECT t.state, t.reason, NULL, coalesce(attempts.ended_at, t.finished_at) FROM trials t WHERE t.id = trial_id)
      WHERE EXISTS (SELECT 1 FROM trials t WHERE t.id = trial_id AND t.attempts = attempt AND t.told IS NOT NULL
        AND t.state <> attempts.state AND NOT (t.reason IS 'interrupted' AND attempts.state = 'interrupted'));
    UPDATE trials SET state = 'waiting' WHERE state = 'running'
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.trial_id = trials.id AND a.state = 'running');`);
}

/** Makes sure that every ended trial has a final memory reading, and no other trial has one. */
function mendFinals(db: Database): void {
  db.exec(`
    DELETE FROM memory_log WHERE phase = 'final' AND trial_id IN (SELECT id FROM trials WHERE told IS NULL);
    INSERT INTO memory_log (trial_id, attempt, phase, split, source, logged_at)
      SELECT id, attempts, 'final', -1, 'guard', finished_at FROM trials t WHERE told IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM memory_log m WHERE m.trial_id = t.id AND m.phase = 'final');`);
}

/** Numbers the ended trials of each study anew, in the same order and without gaps. */
function renumberTold(db: Database): void {
  const told = db
    .prepare<[], { id: number; study_id: number }>(
      "SELECT id, study_id FROM trials WHERE told IS NOT NULL ORDER BY study_id, told",
    )
    .all();
  db.exec("UPDATE trials SET told = -1 - id WHERE told IS NOT NULL");
  const renumber = db.prepare("UPDATE trials SET told = ? WHERE id = ?");
  let next = 0;
  told.forEach(({ id, study_id }, i) => {
    next = i > 0 && told[i - 1]!.study_id === study_id ? next + 1 : 0;
    renumber.run(next, id);
  });
}

/** Records in each study what it has lost for good, so that the next check does not take it for new damage. */
function recordLosses(db: Database, nowMs: number): void {
  const ids = db.prepare("SELECT id FROM studies").pluck().all() as number[];
  const event = db.prepare("INSERT INTO events (at, kind, study_id, data) VALUES (?, ?, ?, ?)");
  for (const id of ids) {
    const lost = findMissing(db, id);
    if (lost.numbers.length + lost.splits.length > 0)
      event.run(nowMs, REPAIR_EVENT, id, JSON.stringify(lost));
  }
}
