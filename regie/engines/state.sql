-- Statements of regie/engines/sqlite.py, by name.

-- name: connect
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;

-- name: broken
PRAGMA integrity_check(100);

-- name: begin
BEGIN IMMEDIATE;

-- name: schema
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE imports (
    id TEXT PRIMARY KEY, at_us INTEGER NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    mapping TEXT NOT NULL, state TEXT NOT NULL, counts TEXT NOT NULL
) STRICT;
CREATE TABLE contacts (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL, field TEXT NOT NULL, value BLOB,
    at_us INTEGER NOT NULL, import_id TEXT, source TEXT NOT NULL
) STRICT;
CREATE INDEX contacts_of_person ON contacts (key, field, at_us, seq);
CREATE INDEX contacts_of_import ON contacts (import_id);
CREATE TABLE consents (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL, purpose TEXT NOT NULL, granted INTEGER NOT NULL,
    basis TEXT NOT NULL, at_us INTEGER NOT NULL, evidence TEXT NOT NULL, import_id TEXT
) STRICT;
CREATE INDEX consents_of_person ON consents (key, purpose, at_us, seq);
CREATE INDEX consents_of_import ON consents (import_id);
CREATE TABLE items (
    seq INTEGER PRIMARY KEY, item TEXT NOT NULL, description TEXT, import_id TEXT NOT NULL
) STRICT;
CREATE INDEX items_by_item ON items (item, seq);
CREATE TABLE erased (key TEXT PRIMARY KEY, at_us INTEGER NOT NULL) STRICT;
CREATE TABLE opposition (
    fingerprint TEXT NOT NULL, kind TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, kind)
) STRICT;
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, as_of_us INTEGER NOT NULL,
    started_us INTEGER NOT NULL, state TEXT NOT NULL, manifest TEXT NOT NULL
) STRICT;
CREATE TABLE acts (
    id TEXT PRIMARY KEY, decision TEXT, campaign TEXT, run INTEGER, kind TEXT NOT NULL,
    actor TEXT NOT NULL, at_us INTEGER NOT NULL, content_hash TEXT, reason TEXT NOT NULL,
    salt TEXT NOT NULL
) STRICT;
CREATE TABLE outbox (
    decision TEXT PRIMARY KEY, campaign TEXT NOT NULL, run INTEGER NOT NULL, key TEXT NOT NULL,
    content_hash TEXT NOT NULL, token TEXT NOT NULL, state TEXT NOT NULL, at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_of_person ON outbox (key);
CREATE INDEX outbox_of_run ON outbox (run, campaign);

-- name: later
CREATE TABLE IF NOT EXISTS owed (
    kind TEXT NOT NULL, subject TEXT NOT NULL, leaves BLOB NOT NULL, PRIMARY KEY (kind, subject)
) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, request TEXT NOT NULL, step TEXT NOT NULL, actor TEXT NOT NULL,
    at_us INTEGER NOT NULL, facts TEXT NOT NULL, salt TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS steps_of_request ON requests (request);
CREATE TABLE IF NOT EXISTS requesters (
    request TEXT PRIMARY KEY, key TEXT NOT NULL, mark TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS requests_of_person ON requesters (key);
CREATE INDEX IF NOT EXISTS acts_of_decisions ON acts (decision) WHERE decision IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_by_token ON outbox (token);
CREATE INDEX IF NOT EXISTS consents_refused ON consents (key) WHERE granted = 0;
CREATE INDEX IF NOT EXISTS outbox_by_state ON outbox (state, run, campaign, decision);
CREATE TABLE IF NOT EXISTS annotations (
    id TEXT PRIMARY KEY, day TEXT NOT NULL, words TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS views (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, query TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS rule_changes (
    id TEXT PRIMARY KEY, file TEXT NOT NULL, about TEXT NOT NULL, deed TEXT NOT NULL,
    actor TEXT NOT NULL, at_us INTEGER NOT NULL, was TEXT NOT NULL, now TEXT NOT NULL,
    state TEXT NOT NULL, salt TEXT NOT NULL
) STRICT;

-- name: mark_column
ALTER TABLE contacts ADD COLUMN mark TEXT;
CREATE INDEX contacts_by_mark ON contacts (mark) WHERE mark IS NOT NULL;

-- name: is_empty
SELECT count(*) = 0 FROM sqlite_schema;

-- name: get_meta
SELECT name, value FROM meta ORDER BY name;

-- name: put_meta
INSERT INTO meta (name, value) VALUES ($name, $value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: begin_import
INSERT INTO imports (id, at_us, file, sha256, mapping, state, counts)
VALUES ($id, $at_us, $file, $sha256, $mapping, 'pending', $counts);

-- name: publish_import
UPDATE imports SET state = 'published', counts = $counts WHERE id = $id;

-- name: rename_import
UPDATE imports SET file = $file, counts = $counts WHERE id = $id;

-- name: drop_import
DELETE FROM imports WHERE id = $id AND state = 'pending';

-- name: drop_import_contacts
DELETE FROM contacts WHERE import_id = $id;

-- name: drop_import_consents
DELETE FROM consents WHERE import_id = $id;

-- name: drop_import_items
DELETE FROM items WHERE import_id = $id;

-- name: put_items
INSERT INTO items (item, description, import_id) VALUES ($item, $description, $import_id);

-- name: reword_item
UPDATE items SET item = $item, description = $description WHERE seq = $seq;

-- name: items
SELECT item, description FROM (
    SELECT item, description, row_number() OVER (PARTITION BY item ORDER BY seq DESC) AS age
    FROM items
    WHERE import_id IN (SELECT id FROM imports WHERE state = 'published')
)
WHERE age = 1
ORDER BY item;

-- name: imports
SELECT id, at_us, file, sha256, mapping, state, counts FROM imports
WHERE $state IS NULL OR state = $state
ORDER BY rowid;

-- name: put_contacts
INSERT INTO contacts (key, field, value, at_us, import_id, source, mark)
VALUES ($key, $field, $value, $at_us, $import_id, $source, $mark);

-- name: mark_contact
UPDATE contacts SET mark = $mark WHERE seq = $seq;

-- name: mailboxes
SELECT DISTINCT key, mark FROM contacts AS c
WHERE mark IS NOT NULL
  AND ($marks IS NULL OR mark IN (SELECT value FROM json_each($marks)))
  AND ($keys IS NULL OR key IN (SELECT value FROM json_each($keys)))
  AND (import_id IS NULL OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
  AND key NOT IN (SELECT key FROM erased)
  AND NOT EXISTS (
      SELECT 1 FROM contacts AS n
      WHERE n.key = c.key AND n.field = c.field AND (n.at_us, n.seq) > (c.at_us, c.seq)
        AND (n.import_id IS NULL
             OR n.import_id IN (SELECT id FROM imports WHERE state = 'published'))
  )
ORDER BY key, mark;

-- name: contacts
SELECT key, field, value FROM (
    SELECT key, field, value,
           row_number() OVER (PARTITION BY key, field ORDER BY at_us DESC, seq DESC) AS age
    FROM contacts
    WHERE field IN (SELECT value FROM json_each($fields))
      AND (import_id IS NULL
           OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
      AND ($keys IS NULL OR key IN (SELECT value FROM json_each($keys)))
      AND key NOT IN (SELECT key FROM erased)
)
WHERE age = 1
ORDER BY key, field;

-- name: contact_keys
SELECT DISTINCT key FROM contacts
WHERE (import_id IS NULL OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
  AND ($keys IS NULL OR key IN (SELECT value FROM json_each($keys)))
  AND ($field IS NULL OR field = $field)
  AND key NOT IN (SELECT key FROM erased)
ORDER BY key;

-- name: contact_history
SELECT key, field, value, at_us, import_id, source FROM contacts
WHERE key = $key
  AND (import_id IS NULL OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
  AND key NOT IN (SELECT key FROM erased)
ORDER BY at_us, seq;

-- name: rectified_keys
SELECT DISTINCT key FROM contacts
WHERE import_id IS NULL AND key NOT IN (SELECT key FROM erased)
ORDER BY key;

-- name: hidden_values
SELECT field, value FROM contacts
WHERE key = $key AND key IN (SELECT key FROM erased)
ORDER BY seq;

-- name: put_consents
INSERT INTO consents (key, purpose, granted, basis, at_us, evidence, import_id)
VALUES ($key, $purpose, $granted, $basis, $at_us, $evidence, $import_id);

-- name: consents
SELECT key, purpose, granted, basis, at_us, evidence, import_id FROM consents
WHERE ($keys IS NULL OR key IN (SELECT value FROM json_each($keys)))
  AND (import_id IS NULL OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
  AND ($purpose IS NULL OR purpose = $purpose)
  AND ($hidden OR key NOT IN (SELECT key FROM erased))
ORDER BY key, purpose, at_us, seq;

-- name: refusing_keys
SELECT DISTINCT key FROM consents
-- The + keeps SQLite from reading every answer of every import in place of the few refusals.
WHERE granted = 0 AND NOT declared(evidence)
  AND (+import_id IS NULL OR +import_id IN (SELECT id FROM imports WHERE state = 'published'))
  AND key NOT IN (SELECT key FROM erased)
ORDER BY key;

-- name: reword_consents
UPDATE consents SET evidence = $now WHERE evidence = $was AND key <> $but_of;

-- name: erase_contacts
DELETE FROM contacts WHERE key = $key;

-- name: erase_consents
DELETE FROM consents WHERE key = $key;

-- name: erase_outbox
DELETE FROM outbox WHERE key = $key;

-- name: erase_requesters
DELETE FROM requesters WHERE key = $key;

-- name: mark_requesters
UPDATE requesters SET key = '', mark = $mark WHERE key = $key;

-- name: hide
INSERT INTO erased (key, at_us) VALUES ($key, $at_us) ON CONFLICT (key) DO NOTHING;

-- name: hidden_keys
SELECT key FROM erased ORDER BY key;

-- name: mark_unclean
INSERT INTO meta (name, value) VALUES ('unclean', '1') ON CONFLICT (name) DO NOTHING;

-- name: mark_clean
DELETE FROM meta WHERE name = 'unclean';

-- name: forget
DELETE FROM erased WHERE key = $key;

-- name: oppose
INSERT INTO opposition (fingerprint, kind, at_us) VALUES ($fingerprint, $kind, $at_us)
ON CONFLICT (fingerprint, kind) DO UPDATE SET at_us = max(at_us, excluded.at_us);

-- name: lift_opposition
DELETE FROM opposition WHERE fingerprint = $fingerprint;

-- name: opposition
SELECT fingerprint, kind, at_us FROM opposition ORDER BY fingerprint, kind;

-- name: aged_contacts
SELECT seq FROM (
    SELECT seq, key, at_us,
           row_number() OVER (PARTITION BY key, field ORDER BY at_us DESC, seq DESC) AS age
    FROM contacts
)
WHERE at_us < $before_us AND (age > 1 OR key NOT IN (SELECT value FROM json_each($held)))
ORDER BY seq;

-- name: aged_consents
SELECT seq, key, purpose, granted, basis, at_us, evidence, import_id FROM (
    SELECT *, row_number() OVER (
        PARTITION BY key, purpose ORDER BY declared(evidence), at_us DESC, seq DESC
    ) AS age
    FROM consents
)
WHERE at_us < $before_us AND (age > 1 OR key NOT IN (SELECT value FROM json_each($held)))
ORDER BY seq;

-- name: aged_outbox
SELECT rowid AS seq FROM outbox
WHERE run IN (SELECT number FROM runs WHERE as_of_us < $before_us)
  AND decision NOT IN (SELECT value FROM json_each($held))
ORDER BY seq;

-- name: aged_opposition
SELECT rowid AS seq FROM opposition
WHERE at_us < $before_us AND fingerprint NOT IN (SELECT value FROM json_each($held))
ORDER BY seq;

-- name: aged_requests
SELECT rowid AS seq, id, request, step, actor, at_us, facts, salt FROM requests
WHERE request IN (
    SELECT request FROM requests GROUP BY request
    HAVING max(at_us) < $before_us AND max(step = 'answered') = 1
)
ORDER BY rowid;

-- name: aged_requesters
SELECT rowid AS seq FROM requesters WHERE request NOT IN (SELECT request FROM requests)
ORDER BY rowid;

-- name: expire_requests
DELETE FROM requests WHERE rowid IN (SELECT value FROM json_each($seqs));

-- name: expire_requesters
DELETE FROM requesters WHERE rowid IN (SELECT value FROM json_each($seqs));

-- name: expire_contacts
DELETE FROM contacts WHERE seq IN (SELECT value FROM json_each($seqs));

-- name: expire_consents
DELETE FROM consents WHERE seq IN (SELECT value FROM json_each($seqs));

-- name: expire_outbox
DELETE FROM outbox WHERE rowid IN (SELECT value FROM json_each($seqs));

-- name: expire_opposition
DELETE FROM opposition WHERE rowid IN (SELECT value FROM json_each($seqs));

-- name: begin_run
INSERT INTO runs (as_of_us, started_us, state, manifest)
VALUES ($as_of_us, $started_us, 'pending', '{}');

-- name: publish_run
UPDATE runs SET state = 'published', manifest = $manifest WHERE number = $number;

-- name: drop_run
DELETE FROM runs WHERE number = $number AND state = 'pending';

-- name: drop_run_outbox
DELETE FROM outbox WHERE run = $number;

-- name: runs
SELECT number, as_of_us, started_us, state, manifest FROM runs
WHERE $state IS NULL OR state = $state
ORDER BY number;

-- name: add_acts
INSERT INTO acts (id, decision, campaign, run, kind, actor, at_us, content_hash, reason, salt)
VALUES ($id, $decision, $campaign, $run, $kind, $actor, $at_us, $content_hash, $reason, $salt);

-- name: acts
SELECT id, decision, campaign, run, kind, actor, at_us, content_hash, reason FROM acts
WHERE ($run IS NULL OR run = $run) AND ($campaign IS NULL OR campaign = $campaign)
  AND ($decision IS NULL OR decision = $decision)
ORDER BY rowid;

-- name: acts_of_decisions
SELECT id, decision, campaign, run, kind, actor, at_us, content_hash, reason FROM acts
WHERE decision IS NOT NULL
ORDER BY rowid;

-- name: act_salts
SELECT id, salt FROM acts ORDER BY id;

-- name: add_steps
INSERT INTO requests (id, request, step, actor, at_us, facts, salt)
VALUES ($id, $request, $step, $actor, $at_us, $facts, $salt);

-- name: steps
SELECT id, request, step, actor, at_us, facts FROM requests
WHERE $request IS NULL OR request = $request
ORDER BY rowid;

-- name: step_salts
SELECT id, salt FROM requests ORDER BY id;

-- name: put_requester
INSERT INTO requesters (request, key, mark) VALUES ($request, $key, $mark)
ON CONFLICT (request) DO UPDATE SET key = excluded.key, mark = excluded.mark;

-- name: requesters
SELECT request, key, mark FROM requesters ORDER BY request;

-- name: put_outbox
INSERT INTO outbox (decision, campaign, run, key, content_hash, token, state, at_us)
VALUES ($decision, $campaign, $run, $key, $content_hash, $token, $state, $at_us)
ON CONFLICT (decision) DO NOTHING;

-- name: outbox
SELECT decision, campaign, run, key, content_hash, token, state, at_us FROM outbox
WHERE ($run IS NULL OR run = $run) AND ($campaign IS NULL OR campaign = $campaign)
  AND ($state IS NULL OR state = $state)
  AND run IN (SELECT number FROM runs WHERE state = 'published')
  AND key NOT IN (SELECT key FROM erased)
ORDER BY run, campaign, decision;

-- name: outbox_beside
-- By person through the index: an approval asks for some hundred people among all.
SELECT decision, campaign, run, key, content_hash, token, state, at_us FROM outbox
WHERE key IN (
    SELECT key FROM outbox WHERE decision IN (SELECT value FROM json_each($decisions))
)
  AND run IN (SELECT number FROM runs WHERE state = 'published')
  AND key NOT IN (SELECT key FROM erased)
ORDER BY run, campaign, decision;

-- name: waiting
-- From campaign to campaign of each run by the index: a page asks for it, whatever waits.
WITH RECURSIVE found(run, campaign) AS (
    SELECT r.number, (
        SELECT min(o.campaign) FROM outbox AS o WHERE o.state = 'proposed' AND o.run = r.number
    )
    FROM runs AS r WHERE r.state = 'published' AND r.as_of_us > $since_us
    UNION ALL
    SELECT f.run, (
        SELECT min(o.campaign) FROM outbox AS o
        WHERE o.state = 'proposed' AND o.run = f.run AND o.campaign > f.campaign
    )
    FROM found AS f WHERE f.campaign IS NOT NULL
)
SELECT f.run, f.campaign FROM found AS f JOIN runs AS r ON r.number = f.run
WHERE f.campaign IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM runs AS n
    WHERE n.state = 'published' AND (n.as_of_us, n.number) > (r.as_of_us, r.number)
      AND EXISTS (SELECT 1 FROM outbox AS o WHERE o.run = n.number AND o.campaign = f.campaign)
)
ORDER BY f.run, f.campaign;

-- name: newer_list
SELECT n.number FROM runs AS n JOIN runs AS r ON r.number = $run
WHERE n.state = 'published' AND (n.as_of_us, n.number) > (r.as_of_us, r.number)
  AND EXISTS (SELECT 1 FROM outbox AS o WHERE o.run = n.number AND o.campaign = $campaign)
ORDER BY n.as_of_us DESC, n.number DESC
LIMIT 1;

-- name: outbox_states
SELECT decision, state FROM outbox
WHERE decision IN (SELECT value FROM json_each($decisions))
ORDER BY decision;

-- name: outbox_in_state
SELECT decision FROM outbox
WHERE state = $state AND run = $run AND campaign = $campaign AND decision > $after
  AND key NOT IN (SELECT key FROM erased)
ORDER BY decision
LIMIT $limit;

-- name: outbox_campaigns
SELECT DISTINCT campaign FROM outbox WHERE run = $run ORDER BY campaign;

-- name: message_of
SELECT decision, key FROM outbox
WHERE token = $token AND run IN (SELECT number FROM runs WHERE state = 'published')
  AND key NOT IN (SELECT key FROM erased)
ORDER BY decision;

-- name: move_outbox
UPDATE outbox SET state = $state
WHERE decision IN (SELECT value FROM json_each($decisions)) AND state <> $state;

-- name: reword_outbox
UPDATE outbox SET content_hash = (SELECT value FROM json_each($hashes) WHERE key = decision)
WHERE decision IN (SELECT key FROM json_each($hashes));

-- name: put_annotation
INSERT INTO annotations (id, day, words) VALUES ($id, $day, $words)
ON CONFLICT (id) DO UPDATE SET day = excluded.day, words = excluded.words;

-- name: annotations
SELECT id, day, words FROM annotations ORDER BY day, rowid;

-- name: drop_annotation
DELETE FROM annotations WHERE id = $id;

-- name: put_view
INSERT INTO views (id, title, query) VALUES ($id, $title, $query)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, query = excluded.query;

-- name: views
SELECT id, title, query FROM views ORDER BY title, rowid;

-- name: drop_view
DELETE FROM views WHERE id = $id;

-- name: add_rule_change
INSERT INTO rule_changes (id, file, about, deed, actor, at_us, was, now, state, salt)
VALUES ($id, $file, $about, $deed, $actor, $at_us, $was, $now, 'pending', $salt);

-- name: rule_changes
SELECT id, file, about, deed, actor, at_us, was, now FROM rule_changes
WHERE $state IS NULL OR state = $state
ORDER BY rowid;

-- name: rule_change_salts
SELECT id, salt FROM rule_changes ORDER BY id;

-- name: rule_written
UPDATE rule_changes SET state = 'written' WHERE id = $id;

-- name: owe
INSERT INTO owed (kind, subject, leaves) VALUES ($kind, $subject, $leaves)
ON CONFLICT (kind, subject) DO UPDATE SET leaves = excluded.leaves;

-- name: owed
SELECT kind, subject, leaves FROM owed
WHERE subject NOT IN (SELECT id FROM imports WHERE state = 'pending')
ORDER BY rowid;

-- name: settled
DELETE FROM owed WHERE kind = $kind AND subject = $subject;

-- name: drop_import_owed
DELETE FROM owed WHERE subject = $id;

-- name: tallied_contacts
SELECT seq, key, field, value, at_us, import_id, source, mark FROM contacts ORDER BY seq;

-- name: tallied_erased
SELECT key, at_us FROM erased ORDER BY key;

-- name: tallied_items
SELECT seq, item, description, import_id FROM items ORDER BY seq;

-- name: tallied_opposition
SELECT fingerprint, kind, at_us FROM opposition ORDER BY fingerprint, kind;

-- name: tallied_requesters
SELECT request, key, mark FROM requesters ORDER BY request;

-- name: consent_moves
SELECT purpose, at_us - at_us % 900000000 AS at_us,
       sum(granted - coalesce(before, 0)) AS allowed,
       sum((1 - granted) - coalesce(1 - before, 0)) AS refused
FROM (
    SELECT purpose, at_us, granted,
           lag(granted) OVER (
               PARTITION BY key, purpose ORDER BY at_us, granted DESC, seq
           ) AS before
    FROM consents
    WHERE (import_id IS NULL OR import_id IN (SELECT id FROM imports WHERE state = 'published'))
      AND key NOT IN (SELECT key FROM erased)
      AND NOT (declared(evidence) AND EXISTS (
          SELECT 1 FROM consents AS said
          WHERE said.key = consents.key AND said.purpose = consents.purpose
            AND said.at_us <= consents.at_us AND NOT declared(said.evidence)
            AND (said.import_id IS NULL
                 OR said.import_id IN (SELECT id FROM imports WHERE state = 'published'))
      ))
)
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: tally
CREATE TEMP TRIGGER contacts_come AFTER INSERT ON contacts BEGIN
    SELECT tally('contacts', 1, NEW.seq, NEW.key, NEW.field, NEW.value, NEW.at_us, NEW.import_id, NEW.source, NEW.mark);
END;
CREATE TEMP TRIGGER contacts_go AFTER DELETE ON contacts BEGIN
    SELECT tally('contacts', -1, OLD.seq, OLD.key, OLD.field, OLD.value, OLD.at_us, OLD.import_id, OLD.source, OLD.mark);
END;
CREATE TEMP TRIGGER contacts_change AFTER UPDATE ON contacts BEGIN
    SELECT tally('contacts', -1, OLD.seq, OLD.key, OLD.field, OLD.value, OLD.at_us, OLD.import_id, OLD.source, OLD.mark);
    SELECT tally('contacts', 1, NEW.seq, NEW.key, NEW.field, NEW.value, NEW.at_us, NEW.import_id, NEW.source, NEW.mark);
END;
CREATE TEMP TRIGGER erased_come AFTER INSERT ON erased BEGIN
    SELECT tally('erased', 1, NEW.key, NEW.at_us);
END;
CREATE TEMP TRIGGER erased_go AFTER DELETE ON erased BEGIN
    SELECT tally('erased', -1, OLD.key, OLD.at_us);
END;
CREATE TEMP TRIGGER erased_change AFTER UPDATE ON erased BEGIN
    SELECT tally('erased', -1, OLD.key, OLD.at_us);
    SELECT tally('erased', 1, NEW.key, NEW.at_us);
END;
CREATE TEMP TRIGGER items_come AFTER INSERT ON items BEGIN
    SELECT tally('items', 1, NEW.seq, NEW.item, NEW.description, NEW.import_id);
END;
CREATE TEMP TRIGGER items_go AFTER DELETE ON items BEGIN
    SELECT tally('items', -1, OLD.seq, OLD.item, OLD.description, OLD.import_id);
END;
CREATE TEMP TRIGGER items_change AFTER UPDATE ON items BEGIN
    SELECT tally('items', -1, OLD.seq, OLD.item, OLD.description, OLD.import_id);
    SELECT tally('items', 1, NEW.seq, NEW.item, NEW.description, NEW.import_id);
END;
CREATE TEMP TRIGGER opposition_come AFTER INSERT ON opposition BEGIN
    SELECT tally('opposition', 1, NEW.fingerprint, NEW.kind, NEW.at_us);
END;
CREATE TEMP TRIGGER opposition_go AFTER DELETE ON opposition BEGIN
    SELECT tally('opposition', -1, OLD.fingerprint, OLD.kind, OLD.at_us);
END;
CREATE TEMP TRIGGER opposition_change AFTER UPDATE ON opposition BEGIN
    SELECT tally('opposition', -1, OLD.fingerprint, OLD.kind, OLD.at_us);
    SELECT tally('opposition', 1, NEW.fingerprint, NEW.kind, NEW.at_us);
END;
CREATE TEMP TRIGGER requesters_come AFTER INSERT ON requesters BEGIN
    SELECT tally('requesters', 1, NEW.request, NEW.key, NEW.mark);
END;
CREATE TEMP TRIGGER requesters_go AFTER DELETE ON requesters BEGIN
    SELECT tally('requesters', -1, OLD.request, OLD.key, OLD.mark);
END;
CREATE TEMP TRIGGER requesters_change AFTER UPDATE ON requesters BEGIN
    SELECT tally('requesters', -1, OLD.request, OLD.key, OLD.mark);
    SELECT tally('requesters', 1, NEW.request, NEW.key, NEW.mark);
END;

-- name: people_version
SELECT (SELECT group_concat(value, ' ') FROM (
            SELECT value FROM meta
            WHERE name IN ('tally.contacts', 'tally.erased', 'tally.opposition') ORDER BY name)),
       (SELECT max(seq) FROM consents),
       (SELECT count(*) FROM consents),
       (SELECT count(*) FROM imports WHERE state = 'published');

-- name: checkpoint
PRAGMA wal_checkpoint(TRUNCATE);

-- name: vacuum
VACUUM;
