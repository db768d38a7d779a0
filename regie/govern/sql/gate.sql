-- The keys a purpose is open to: granted as of the instant, and not closed as things stand now.
-- Of what is recorded the highest stands, as `Consent.rank` has it. What somebody of the same mailbox
-- refused is closed, whatever a person said themselves.
WITH asked AS (
  SELECT key, granted, at_us, (NOT declared, at_us, NOT granted) AS rank FROM consents WHERE purpose = $purpose
),
then_state AS (
  SELECT key, arg_max(granted, rank) AS granted FROM asked
  WHERE at_us < $as_of_us
  GROUP BY key
),
now_state AS (
  SELECT key, arg_max(granted, rank) AS granted FROM asked GROUP BY key
)
SELECT p.key
FROM known_people AS p
LEFT JOIN then_state AS t ON t.key = p.key
LEFT JOIN now_state AS n ON n.key = p.key
WHERE coalesce(t.granted, NOT $needs_consent)
  AND coalesce(n.granted, NOT $needs_consent)
  AND p.key NOT IN (SELECT key FROM hidden)
  AND p.key NOT IN (SELECT key FROM shut WHERE purpose = $purpose)
ORDER BY p.key
