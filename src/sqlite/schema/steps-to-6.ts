/** The SQL of the views in schemas 1 to 5. A step that rebuilds a table which they read must create them again. */
const VIEWS = `CREATE VIEW trial_results AS
SELECT s.name AS study, t.number, t.state, t.reason, t.value, t.all_values, t.params, t.constraints, t.attempts,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.started_at / 1000.0, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', t.finished_at / 1000.0, 'unixepoch') AS finished_at,
  t.duration_ms, m.baseline_bytes, m.peak_bytes, m.rss_bytes AS final_bytes, m.tensors,
  t.detail, json_extract(t.error, '$.message') AS error
FROM trials t JOIN studies s ON s.id = t.study_id
LEFT JOIN memory_log m ON m.trial_id = t.id AND m.phase = 'final';

CREATE VIEW split_results AS
SELECT s.name AS study, t.number, p.split, p.attempt, p.value, p.all_values, p.constraints, p.duration_ms, p.rss_bytes,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.recorded_at / 1000.0, 'unixepoch') AS recorded_at
FROM splits p JOIN trials t ON t.id = p.trial_id JOIN studies s ON s.id = t.study_id;

CREATE VIEW memory_final AS
SELECT s.name AS study, t.number, t.state, t.reason, m.attempt, m.baseline_bytes, m.peak_bytes,
  m.rss_bytes AS final_bytes, m.heap_bytes, m.external_bytes, m.array_buffer_bytes, m.tensors, m.tensor_bytes,
  m.gpu_bytes, m.source, strftime('%Y-%m-%dT%H:%M:%fZ', m.logged_at / 1000.0, 'unixepoch') AS logged_at
FROM memory_log m JOIN trials t ON t.id = m.trial_id JOIN studies s ON s.id = t.study_id
WHERE m.phase = 'final';`;

/** The steps to schema 6: entry i upgrades a database from version i to i + 1. */
export const STEPS_TO_6: readonly string[] = [
  `
CREATE TABLE studies (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  state TEXT NOT NULL CHECK (state IN
    ('running', 'paused', 'finished', 'target', 'timeout', 'exhausted', 'stopped', 'breaker')),
  directions TEXT NOT NULL,
  space TEXT NOT NULL,
  split_count INTEGER NOT NULL CHECK (split_count >= 1),
  split_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  study_file TEXT NOT NULL,
  seed INTEGER NOT NULL,
  sampler TEXT NOT NULL,
  pruner TEXT NOT NULL,
  backend TEXT,
  noise INTEGER NOT NULL CHECK (noise IN (0, 1)),
  trials INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  settings TEXT NOT NULL,
  limits TEXT NOT NULL,
  active_ms INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

-- Every owner that a study has had; the one with the highest epoch is the owner unless it has released the study.
CREATE TABLE owners (
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  pid INTEGER NOT NULL,
  process_start TEXT,
  boot_id TEXT NOT NULL,
  namespace TEXT,
  hostname TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  released_at INTEGER,
  PRIMARY KEY (study_id, epoch)
) STRICT, WITHOUT ROWID;

-- told: the order in which outcomes entered the history; a resumed history is read in this order.
CREATE TABLE trials (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number >= 0),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'complete', 'pruned', 'fail')),
  reason TEXT,
  detail TEXT,
  params TEXT NOT NULL,
  enqueued INTEGER NOT NULL CHECK (enqueued IN (0, 1)),
  value REAL,
  all_values TEXT,
  constraints TEXT,
  violation REAL,
  error TEXT,
  attempts INTEGER NOT NULL,
  told INTEGER,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  duration_ms INTEGER,
  CHECK (CASE state
    WHEN 'pruned' THEN reason IS NOT NULL AND reason IN
      ('pruner', 'split-timeout', 'trial-timeout', 'memory-limit', 'memory-reserve', 'not-finite')
    WHEN 'fail' THEN reason IS NOT NULL AND reason IN
      ('error', 'exit', 'heap', 'crash', 'setup', 'stopped', 'interrupted')
    ELSE reason IS NULL END),
  CHECK ((state = 'complete') = (value IS NOT NULL)),
  CHECK ((state IN ('complete', 'pruned', 'fail')) = (told IS NOT NULL)),
  CHECK ((told IS NULL) = (finished_at IS NULL)),
  CHECK (state <> 'running' OR attempts > 0)
) STRICT;
CREATE UNIQUE INDEX trials_number ON trials (study_id, number);
CREATE UNIQUE INDEX trials_told ON trials (study_id, told) WHERE told IS NOT NULL;
CREATE INDEX trials_value ON trials (study_id, value);
CREATE INDEX trials_state ON trials (study_id, state);

CREATE TABLE attempts (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'pruned', 'fail', 'interrupted')),
  reason TEXT,
  cause TEXT CHECK (cause IN ('ctrl-c', 'stop', 'coordinator', 'host', 'reboot')),
  detail TEXT,
  code_hash TEXT NOT NULL,
  slot INTEGER,
  host_pid INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  duration_ms INTEGER,
  PRIMARY KEY (trial_id, attempt),
  CHECK ((state = 'running') = (ended_at IS NULL)),
  CHECK ((state = 'interrupted') = (cause IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE splits (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  split INTEGER NOT NULL CHECK (split >= 0),
  attempt INTEGER NOT NULL,
  value REAL,
  all_values TEXT,
  constraints TEXT,
  duration_ms INTEGER NOT NULL,
  rss_bytes INTEGER,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (trial_id, split),
  FOREIGN KEY (trial_id, attempt) REFERENCES attempts
) STRICT, WITHOUT ROWID;

-- In the order in which they came; the pruner saw them so.
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  trial_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  split INTEGER NOT NULL,
  step REAL NOT NULL,
  value REAL,
  reported_at INTEGER NOT NULL,
  FOREIGN KEY (trial_id, attempt) REFERENCES attempts ON DELETE CASCADE
) STRICT;
CREATE INDEX reports_trial ON reports (trial_id, attempt);

-- split is -1 for the phases start and final.
CREATE TABLE memory_log (
  trial_id INTEGER NOT NULL REFERENCES trials ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  phase TEXT NOT NULL CHECK (phase IN ('start', 'split', 'final')),
  split INTEGER NOT NULL CHECK ((split = -1) = (phase <> 'split')),
  source TEXT NOT NULL CHECK (source IN ('worker', 'guard')),
  rss_bytes INTEGER,
  baseline_bytes INTEGER,
  peak_bytes INTEGER,
  heap_bytes INTEGER,
  external_bytes INTEGER,
  array_buffer_bytes INTEGER,
  tensors INTEGER,
  tensor_bytes INTEGER,
  gpu_bytes INTEGER,
  logged_at INTEGER NOT NULL,
  PRIMARY KEY (trial_id, attempt, phase, split)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX memory_final_trial ON memory_log (trial_id) WHERE phase = 'final';

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  study_id INTEGER REFERENCES studies ON DELETE CASCADE,
  trial_id INTEGER REFERENCES trials ON DELETE CASCADE,
  data TEXT
) STRICT;
CREATE INDEX events_study ON events (study_id, id);
CREATE INDEX events_trial ON events (trial_id) WHERE trial_id IS NOT NULL;

CREATE TABLE commands (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  kind TEXT NOT NULL,
  data TEXT,
  sent_at INTEGER NOT NULL,
  answered_at INTEGER,
  answer TEXT
) STRICT;
CREATE INDEX commands_open ON commands (study_id) WHERE answered_at IS NULL;

${VIEWS}`,
  `
-- What the scheduler saw and decided, every few seconds while a study runs; thinned with age. Sums are over one run.
CREATE TABLE metrics (
  study_id INTEGER NOT NULL REFERENCES studies ON DELETE CASCADE,
  at INTEGER NOT NULL,
  trials_per_minute REAL NOT NULL,
  slots_busy INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  waiting INTEGER NOT NULL,
  why TEXT,
  cpu REAL,
  cpu_others REAL,
  memory_total INTEGER,
  memory_available INTEGER,
  hosts_bytes INTEGER,
  budget_bytes INTEGER,
  claimed_bytes INTEGER,
  lost_ms INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  ticker_lag_ms INTEGER NOT NULL,
  ticker_misfires INTEGER NOT NULL,
  breaker TEXT NOT NULL CHECK (breaker IN ('off', 'closed', 'open', 'half-open', 'dead')),
  PRIMARY KEY (study_id, at)
) STRICT, WITHOUT ROWID;
`,
  `
-- Checksums of the values of a row (src/sqlite/checksum/). NULL: written by an older version, so that nothing is known.
ALTER TABLE studies ADD COLUMN checksum INTEGER;
ALTER TABLE trials ADD COLUMN checksum INTEGER;
ALTER TABLE attempts ADD COLUMN checksum INTEGER;
ALTER TABLE splits ADD COLUMN checksum INTEGER;
ALTER TABLE reports ADD COLUMN checksum INTEGER;
ALTER TABLE memory_log ADD COLUMN checksum INTEGER;
`,
  `
-- Studies can end as converged; end_detail: the stop rule that ended the last run, and its numbers. SQLite cannot change
-- a CHECK, so the table is made anew. Its columns keep their order, and the new one comes last: a repair that finds a row
-- of before in a page that is free now can read it.
DROP VIEW trial_results;
DROP VIEW split_results;
DROP VIEW memory_final;
CREATE TABLE studies_4 (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  state TEXT NOT NULL CHECK (state IN
    ('running', 'paused', 'finished', 'target', 'timeout', 'exhausted', 'stopped', 'breaker', 'converged')),
  directions TEXT NOT NULL,
  space TEXT NOT NULL,
  split_count INTEGER NOT NULL CHECK (split_count >= 1),
  split_hash TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  study_file TEXT NOT NULL,
  seed INTEGER NOT NULL,
  sampler TEXT NOT NULL,
  pruner TEXT NOT NULL,
  backend TEXT,
  noise INTEGER NOT NULL CHECK (noise IN (0, 1)),
  trials INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  settings TEXT NOT NULL,
  limits TEXT NOT NULL,
  active_ms INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  checksum INTEGER,
  end_detail TEXT
) STRICT;
INSERT INTO studies_4 (id, name, state, directions, space, split_count, split_hash, code_hash, study_file, seed, sampler,
  pruner, backend, noise, trials, max_attempts, settings, limits, active_ms, created_at, ended_at, checksum)
SELECT id, name, state, directions, space, split_count, split_hash, code_hash, study_file, seed, sampler,
  pruner, backend, noise, trials, max_attempts, settings, limits, active_ms, created_at, ended_at, checksum FROM studies;
DROP TABLE studies;
ALTER TABLE studies_4 RENAME TO studies;
${VIEWS}
`,
  `
-- Who proposed a trial (a sampler or a part of one, defaults, enqueued), and why, for people. NULL: not known.
ALTER TABLE trials ADD COLUMN proposer TEXT;
ALTER TABLE trials ADD COLUMN why TEXT;
`,
  `
-- What a study learns from: trials of another one, as they were when the study was created. file: the other study's
-- database, NULL for this one; trials: JSON, an array of { number, params, cost }, of which a smaller cost is better.
CREATE TABLE learned (
  id INTEGER PRIMARY KEY,
  study_id INTEGER NOT NULL UNIQUE REFERENCES studies ON DELETE CASCADE,
  source TEXT NOT NULL,
  file TEXT,
  trials TEXT NOT NULL,
  checksum INTEGER
) STRICT;
`,
];
