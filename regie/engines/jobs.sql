-- Statements of the jobs' store, by name.
-- name: connect
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
-- name: schema
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS jobs (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, arguments TEXT NOT NULL,
  started_by TEXT NOT NULL, at_us INTEGER NOT NULL, state TEXT NOT NULL, began_us INTEGER NOT NULL,
  ended_us INTEGER NOT NULL, step TEXT NOT NULL, told TEXT NOT NULL, log TEXT NOT NULL,
  task TEXT NOT NULL, due_us INTEGER NOT NULL, attempt INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS jobs_of_tasks ON jobs (task, due_us, attempt) WHERE task <> '';
CREATE TABLE IF NOT EXISTS tasks (name TEXT PRIMARY KEY, since_us INTEGER NOT NULL) STRICT;
INSERT INTO meta VALUES ('version', '1') ON CONFLICT DO NOTHING;
-- name: version
SELECT value FROM meta WHERE name = 'version' ORDER BY name;
-- name: changes
PRAGMA data_version;
-- name: add
INSERT INTO jobs (id, kind, arguments, started_by, at_us, state, began_us, ended_us, step, told,
  log, task, due_us, attempt)
VALUES (:id, :kind, :arguments, :started_by, :at_us, :state, :began_us, :ended_us, :step, :told,
  :log, :task, :due_us, :attempt)
ON CONFLICT DO NOTHING;
-- name: begin
UPDATE jobs SET state = 'running', began_us = :at_us WHERE id = :id AND state = 'waiting';
-- name: step
UPDATE jobs SET step = :step, log = :log WHERE id = :id AND state = 'running';
-- name: end
UPDATE jobs SET state = :state, told = :told, ended_us = :at_us
WHERE id = :id AND state IN ('waiting', 'running');
-- name: one
SELECT id, kind, arguments, started_by, at_us, state, began_us, ended_us, step, told, log, task,
  due_us, attempt
FROM jobs WHERE id = :id ORDER BY n;
-- name: all
SELECT id, kind, arguments, started_by, at_us, state, began_us, ended_us, step, told, log, task,
  due_us, attempt
FROM jobs ORDER BY n DESC;
-- name: tries
SELECT id, kind, arguments, started_by, at_us, state, began_us, ended_us, step, told, log, task,
  due_us, attempt
FROM jobs WHERE task = :task AND due_us = :due_us ORDER BY attempt, n;
-- name: note_task
INSERT INTO tasks VALUES (:task, :at_us) ON CONFLICT DO NOTHING;
-- name: since
SELECT since_us FROM tasks WHERE name = :task ORDER BY name;
-- name: forget
DELETE FROM jobs WHERE ended_us > 0 AND ended_us < :before_us;
-- name: reword
UPDATE jobs SET arguments = :arguments, told = :told, log = :log WHERE id = :id;
-- name: vacuum
VACUUM;
-- name: checkpoint
PRAGMA wal_checkpoint(TRUNCATE);
