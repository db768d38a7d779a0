-- Statements of the accounts' store, by name. Roles and acts are checked where they are given.
-- name: connect
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
-- name: schema
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS accounts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  language TEXT NOT NULL, active INTEGER NOT NULL, password_hash TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
  token_hash TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id),
  opened_us INTEGER NOT NULL, until_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS invitations (
  token_hash TEXT PRIMARY KEY, role TEXT NOT NULL, until_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS audit (
  n INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
  about TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_actor ON audit (actor, act, at_us);
INSERT INTO meta VALUES ('version', '1') ON CONFLICT DO NOTHING;
-- name: to_version_2
BEGIN IMMEDIATE;
ALTER TABLE accounts ADD COLUMN workspaces TEXT NOT NULL DEFAULT '*';
ALTER TABLE invitations ADD COLUMN workspaces TEXT NOT NULL DEFAULT '*';
ALTER TABLE audit ADD COLUMN workspace TEXT NOT NULL DEFAULT '';
UPDATE meta SET value = '2' WHERE name = 'version';
COMMIT;
-- name: to_version_3
BEGIN IMMEDIATE;
CREATE TABLE tokens (
  token_hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES accounts (id), role TEXT NOT NULL, workspace TEXT NOT NULL,
  made_us INTEGER NOT NULL, until_us INTEGER NOT NULL
) STRICT;
UPDATE meta SET value = '3' WHERE name = 'version';
COMMIT;
-- name: to_version_4
BEGIN IMMEDIATE;
ALTER TABLE sessions ADD COLUMN half INTEGER NOT NULL DEFAULT 0;
CREATE TABLE second_factors (
  account TEXT PRIMARY KEY REFERENCES accounts (id), secret TEXT NOT NULL,
  confirmed INTEGER NOT NULL, last_step INTEGER NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
  account TEXT NOT NULL REFERENCES accounts (id), code_hash TEXT NOT NULL,
  PRIMARY KEY (account, code_hash)
) STRICT;
UPDATE meta SET value = '4' WHERE name = 'version';
COMMIT;
-- name: to_version_5
BEGIN IMMEDIATE;
CREATE TABLE identities (
  name TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (id)
) STRICT;
UPDATE meta SET value = '5' WHERE name = 'version';
COMMIT;
-- name: to_version_6
BEGIN IMMEDIATE;
ALTER TABLE sessions ADD COLUMN seen_us INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET seen_us = opened_us;
ALTER TABLE second_factors ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
UPDATE meta SET value = '6' WHERE name = 'version';
COMMIT;
-- name: forget_pages
PRAGMA wal_checkpoint(TRUNCATE);
-- name: version
SELECT value FROM meta WHERE name = 'version' ORDER BY name;
-- name: begin
BEGIN IMMEDIATE;
-- name: is_empty
SELECT NOT EXISTS (SELECT 1 FROM accounts);
-- name: add
INSERT INTO accounts (id, name, email, role, language, active, workspaces, password_hash)
VALUES (:id, :name, :email, :role, :language, :active, :workspaces, :password_hash);
-- name: change
UPDATE accounts
SET name = :name, role = :role, language = :language, active = :active, workspaces = :workspaces
WHERE id = :id;
-- name: set_password
UPDATE accounts SET password_hash = :password_hash WHERE id = :id;
-- name: all
SELECT id, name, email, role, language, active, workspaces FROM accounts ORDER BY name, id;
-- name: by_email
SELECT id, name, email, role, language, active, workspaces, password_hash FROM accounts
WHERE email = :email
ORDER BY id;
-- name: open_session
INSERT INTO sessions (token_hash, account, opened_us, until_us, half, seen_us)
VALUES (:token_hash, :account, :at_us, :until_us, :half, :at_us);
-- name: end_sessions
DELETE FROM sessions WHERE until_us <= :at_us;
-- name: session
SELECT a.id, a.name, a.email, a.role, a.language, a.active, a.workspaces, s.seen_us
FROM sessions AS s JOIN accounts AS a ON a.id = s.account
WHERE s.token_hash = :token_hash AND s.until_us > :at_us AND s.seen_us > :quiet_us
  AND s.half = :half AND a.active
ORDER BY a.id;
-- name: seen
UPDATE sessions SET seen_us = :at_us WHERE token_hash = :token_hash;
-- name: close_session
DELETE FROM sessions WHERE token_hash = :token_hash;
-- name: close_sessions
DELETE FROM sessions WHERE account = :account;
-- name: refusals
SELECT count(*) FROM audit WHERE actor = :who AND act = 'refused' AND at_us > :since_us
  AND at_us > coalesce((SELECT max(at_us) FROM audit WHERE actor = :who AND act = 'signed_in'), 0);
-- name: put_invitation
INSERT INTO invitations (token_hash, role, workspaces, until_us)
VALUES (:token_hash, :role, :workspaces, :until_us);
-- name: invitation
SELECT role, workspaces FROM invitations WHERE token_hash = :token_hash AND until_us > :at_us
ORDER BY token_hash;
-- name: take_invitation
DELETE FROM invitations WHERE token_hash = :token_hash;
-- name: by_identity
SELECT a.id, a.name, a.email, a.role, a.language, a.active, a.workspaces
FROM identities AS i JOIN accounts AS a ON a.id = i.account
WHERE i.name = :name
ORDER BY a.id;
-- name: put_identity
INSERT INTO identities VALUES (:name, :account) ON CONFLICT DO NOTHING;
-- name: second_factor
SELECT secret, confirmed, last_step FROM second_factors WHERE account = :account ORDER BY account;
-- name: with_second_factor
SELECT account FROM second_factors WHERE confirmed = 1 ORDER BY account;
-- name: unsealed
SELECT account, secret FROM second_factors WHERE sealed = 0 ORDER BY account;
-- name: seal
UPDATE second_factors SET secret = :secret, sealed = 1 WHERE account = :account AND sealed = 0;
-- name: sealed
SELECT count(*) FROM second_factors WHERE sealed = 1;
-- name: put_key_id
INSERT INTO meta VALUES ('key', :key) ON CONFLICT DO NOTHING;
-- name: key_id
SELECT value FROM meta WHERE name = 'key' ORDER BY name;
-- name: put_second_factor
INSERT INTO second_factors VALUES (:account, :secret, 0, -1, 1)
ON CONFLICT (account) DO UPDATE SET secret = :secret, last_step = -1 WHERE confirmed = 0;
-- name: confirm_second_factor
UPDATE second_factors SET confirmed = 1 WHERE account = :account;
-- name: put_recovery_code
INSERT INTO recovery_codes VALUES (:account, :code_hash);
-- name: drop_second_factor
DELETE FROM second_factors WHERE account = :account;
-- name: drop_recovery_codes
DELETE FROM recovery_codes WHERE account = :account;
-- name: take_step
UPDATE second_factors SET last_step = :step WHERE account = :account AND last_step < :step;
-- name: take_recovery_code
DELETE FROM recovery_codes WHERE account = :account AND code_hash = :code_hash;
-- name: put_token
INSERT INTO tokens (token_hash, id, name, account, role, workspace, made_us, until_us)
VALUES (:token_hash, :id, :name, :account, :role, :workspace, :made_us, :until_us);
-- name: token
SELECT t.id, t.name, t.account, t.role, t.workspace, t.made_us, t.until_us,
  a.id, a.name, a.email, a.role, a.language, a.active, a.workspaces
FROM tokens AS t JOIN accounts AS a ON a.id = t.account
WHERE t.token_hash = :token_hash AND t.until_us > :at_us AND a.active
ORDER BY t.id;
-- name: tokens
SELECT t.id, t.name, t.account, t.role, t.workspace, t.made_us, t.until_us,
  a.id, a.name, a.email, a.role, a.language, a.active, a.workspaces
FROM tokens AS t JOIN accounts AS a ON a.id = t.account
ORDER BY t.name, t.id;
-- name: drop_token
DELETE FROM tokens WHERE id = :id;
-- name: audit
INSERT INTO audit (at_us, actor, act, about, workspace)
VALUES (:at_us, :actor, :act, :about, :workspace);
-- name: audited
SELECT at_us, actor, act, about, workspace FROM audit ORDER BY n DESC LIMIT :most;
-- name: audited_workspaces
SELECT DISTINCT workspace FROM audit ORDER BY workspace;
-- name: audited_of
SELECT at_us, actor, act, about, workspace FROM audit
WHERE workspace IN (SELECT value FROM json_each(:seen)) ORDER BY n DESC LIMIT :most;
