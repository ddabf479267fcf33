import { STEPS_TO_6 } from "./schema/steps-to-6.ts";

/**
 * The schema as numbered steps: entry i upgrades a database from version i to i + 1. Steps are only ever appended; a
 * released step is never edited, because files that it created exist.
 *
 * Times are integer milliseconds since 1970 (UTC), sizes bytes, booleans 0 or 1; the views show times as ISO text.
 * `value` is the first objective; `all_values` is a JSON array, NULL with one direction, where it would repeat `value`.
 */
export const MIGRATIONS: readonly string[] = [
  ...STEPS_TO_6,
  `
-- The memory of each slot over time: what its host held at least and at most in half a minute that begins at \`at\`. trial
-- is the number of the last trial in it, limit_bytes what a trial may hold. Rows are deleted some days later.
CREATE TABLE slot_memory (
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  at INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  min_bytes INTEGER NOT NULL,
  max_bytes INTEGER NOT NULL,
  trial INTEGER,
  limit_bytes INTEGER,
  PRIMARY KEY (study_id, at, slot)
) STRICT, WITHOUT ROWID;

-- The slots of a study as its coordinator last saw them; none once it has released the study.
CREATE TABLE slots (
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  slot INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  trial INTEGER,
  split INTEGER,
  nth INTEGER,
  split_started_at INTEGER,
  split_timeout_ms INTEGER,
  rss_bytes INTEGER,
  limit_bytes INTEGER,
  pid INTEGER,
  PRIMARY KEY (study_id, slot)
) STRICT, WITHOUT ROWID;

-- What keeps further trials from starting, as JSON; NULL: nothing, or not recorded.
ALTER TABLE metrics ADD COLUMN waits TEXT;

-- What people look up in the audit trail of a study, without the ends of its trials.
CREATE INDEX events_audit ON events (study_id, id) WHERE kind NOT IN ('finish', 'interrupt', 'split-limit', 'wait');
`,
  `
-- That a person has found a finished trial to be wrong, as JSON: { atMs, who, reason }; NULL: it counts. It is a column
-- of the trial's own row, under its checksum, so that damage cannot lose it and leave the trial.
ALTER TABLE trials ADD COLUMN invalid TEXT;
CREATE INDEX trials_invalid ON trials (study_id, number) WHERE invalid IS NOT NULL;
`,
];
