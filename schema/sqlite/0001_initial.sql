-- SPDX-License-Identifier: MIT
-- The first schema. Never edited: a change is a new file with the next number.
-- schema/README.md tells each column and its unit.

CREATE TABLE settings (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
  id             INTEGER PRIMARY KEY,
  name           TEXT    NOT NULL UNIQUE CHECK (name <> ''),
  file           TEXT    NOT NULL,
  sha256         TEXT    NOT NULL,
  header         TEXT    NOT NULL CHECK (json_valid(header)),
  id_options     TEXT    NOT NULL,
  id_column      TEXT    NOT NULL,
  imported_at_ms INTEGER NOT NULL,
  rows           INTEGER NOT NULL,
  added          INTEGER NOT NULL CHECK (added >= 0),
  duplicates     INTEGER NOT NULL CHECK (duplicates >= 0),
  rejected       INTEGER NOT NULL CHECK (rejected >= 0),
  CHECK (rows = added + duplicates + rejected)
) STRICT;

CREATE TABLE inputs (
  batch_id INTEGER NOT NULL,
  row      INTEGER NOT NULL CHECK (row >= 1),
  job_id   INTEGER,
  columns  TEXT,
  mended   TEXT,
  PRIMARY KEY (batch_id, row)
) STRICT, WITHOUT ROWID;

CREATE INDEX inputs_by_job ON inputs (job_id) WHERE job_id IS NOT NULL;

CREATE TABLE rejects (
  batch_id INTEGER NOT NULL,
  row      INTEGER NOT NULL CHECK (row >= 1),
  line     INTEGER NOT NULL CHECK (line >= 1),
  text     TEXT    NOT NULL,
  reason   TEXT    NOT NULL CHECK (reason <> ''),
  PRIMARY KEY (batch_id, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id            INTEGER PRIMARY KEY,
  key           TEXT    NOT NULL CHECK (key <> ''),
  state         TEXT    NOT NULL DEFAULT 'ready'
                CHECK (state IN ('ready', 'leased', 'done', 'not_found', 'failed')),
  attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  refusals      INTEGER NOT NULL DEFAULT 0 CHECK (refusals >= 0),
  deaths        INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
  due_ms        INTEGER NOT NULL DEFAULT 0 CHECK (due_ms >= 0),
  epoch         INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0),
  worker_id     TEXT,
  http_status   INTEGER,
  error         TEXT,
  settled_at_ms INTEGER,
  CHECK ((state = 'leased') = (worker_id IS NOT NULL)),
  CHECK (settled_at_ms IS NOT NULL OR state IN ('ready', 'leased'))
) STRICT;

-- An index of its own rather than UNIQUE: a large import drops it and builds it anew, sorted.
CREATE UNIQUE INDEX jobs_by_key ON jobs (key);

-- Claiming: due retries first, then fresh jobs in import order, suspects alone.
CREATE INDEX jobs_fresh ON jobs (id) WHERE state = 'ready' AND due_ms = 0 AND deaths < 2;
CREATE INDEX jobs_due ON jobs (due_ms, id) WHERE state = 'ready' AND due_ms > 0 AND deaths < 2;
CREATE INDEX jobs_suspect ON jobs (id) WHERE state = 'ready' AND deaths >= 2;
CREATE INDEX jobs_leased ON jobs (worker_id) WHERE state = 'leased';
-- Inspecting.
CREATE INDEX jobs_failed ON jobs (id) WHERE state = 'failed';
CREATE INDEX jobs_not_found ON jobs (id) WHERE state = 'not_found';

CREATE TABLE answers (
  job_id        INTEGER PRIMARY KEY,
  http_status   INTEGER NOT NULL,
  content_type  TEXT,
  etag          TEXT,
  last_modified TEXT,
  fetched_at_ms INTEGER NOT NULL,
  checked_at_ms INTEGER NOT NULL,
  changed_at_ms INTEGER NOT NULL,
  body          ANY     NOT NULL CHECK (typeof(body) IN ('text', 'blob'))
) STRICT;

CREATE TABLE attempts (
  job_id         INTEGER NOT NULL,
  epoch          INTEGER NOT NULL,
  started_at_ms  INTEGER NOT NULL,
  duration_ms    INTEGER NOT NULL CHECK (duration_ms >= 0),
  outcome        TEXT    NOT NULL
                 CHECK (outcome IN ('done', 'not_found', 'retry', 'refused', 'failed', 'interrupted')),
  http_status    INTEGER,
  error          TEXT,
  retry_after_ms INTEGER CHECK (retry_after_ms >= 0),
  worker_id      TEXT    NOT NULL,
  PRIMARY KEY (job_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  id            TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  host          TEXT    NOT NULL,
  pid           INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  seen_at_ms    INTEGER NOT NULL,
  ended_at_ms   INTEGER,
  ended_because TEXT,
  CHECK ((ended_at_ms IS NULL) = (ended_because IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX workers_alive ON workers (id) WHERE ended_at_ms IS NULL;

CREATE TABLE counters (
  worker_id TEXT    NOT NULL,
  state     TEXT    NOT NULL
            CHECK (state IN ('ready', 'leased', 'done', 'not_found', 'failed')),
  n         INTEGER NOT NULL,
  PRIMARY KEY (worker_id, state)
) STRICT, WITHOUT ROWID;

CREATE VIEW job_overview AS
SELECT jobs.id,
       jobs.key,
       jobs.state,
       jobs.attempts,
       jobs.refusals,
       CASE WHEN jobs.state = 'ready' AND jobs.due_ms > 0
            THEN strftime('%Y-%m-%dT%H:%M:%fZ', jobs.due_ms / 1000.0, 'unixepoch') END AS due_at,
       jobs.http_status,
       jobs.error,
       strftime('%Y-%m-%dT%H:%M:%fZ', jobs.settled_at_ms / 1000.0, 'unixepoch') AS settled_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', answers.fetched_at_ms / 1000.0, 'unixepoch') AS fetched_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', answers.changed_at_ms / 1000.0, 'unixepoch') AS changed_at,
       answers.body
FROM jobs
LEFT JOIN answers ON answers.job_id = jobs.id;

CREATE VIEW failures AS
SELECT id,
       key,
       http_status,
       error,
       attempts,
       refusals,
       strftime('%Y-%m-%dT%H:%M:%fZ', settled_at_ms / 1000.0, 'unixepoch') AS settled_at
FROM jobs
WHERE state = 'failed';

CREATE VIEW batch_summary AS
SELECT batches.id,
       batches.name,
       batches.file,
       strftime('%Y-%m-%dT%H:%M:%fZ', batches.imported_at_ms / 1000.0, 'unixepoch') AS imported_at,
       batches.rows,
       batches.added,
       batches.duplicates,
       batches.rejected,
       count(CASE WHEN jobs.state IN ('ready', 'leased') THEN 1 END) AS to_ask,
       count(CASE WHEN jobs.state = 'done' THEN 1 END) AS done,
       count(CASE WHEN jobs.state = 'not_found' THEN 1 END) AS not_found,
       count(CASE WHEN jobs.state = 'failed' THEN 1 END) AS failed
FROM batches
LEFT JOIN inputs ON inputs.batch_id = batches.id
LEFT JOIN jobs ON jobs.id = inputs.job_id
GROUP BY batches.id;
