-- Events that no purpose may keep any more. An order line without person and session, and with no
-- order or its anonymous mark, is for the accounts alone and stays.
SELECT e.event_id
FROM events AS e
JOIN kept_since AS s ON s.kind = e.kind
WHERE e.at_us < s.since_us
  AND (NOT s.anonymous OR e.key IS NOT NULL OR e.session IS NOT NULL
    OR NOT coalesce(is_anonymous(e."order"), TRUE))
ORDER BY e.event_id
