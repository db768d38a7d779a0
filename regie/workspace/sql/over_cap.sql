-- Messages in whose rolling window, or in that of a later one they fall into, are more than the cap.
WITH every AS (
  SELECT key, decision, at_us FROM counted_messages
  UNION ALL
  SELECT key, CAST(NULL AS VARCHAR) AS decision, at_us FROM events
  WHERE kind = 'send' AND key IN (SELECT key FROM counted_messages)
    AND (decision IS NULL OR decision NOT IN (SELECT decision FROM counted_messages))
),
windows AS (
  SELECT key, decision, at_us, count(*) OVER (
    PARTITION BY key ORDER BY at_us RANGE BETWEEN CAST($cap_us AS BIGINT) PRECEDING AND CURRENT ROW
  ) AS messages
  FROM every
),
fullest AS (
  SELECT decision, max(messages) OVER (
    PARTITION BY key ORDER BY at_us RANGE BETWEEN CURRENT ROW AND CAST($cap_us AS BIGINT) FOLLOWING
  ) AS messages
  FROM windows
)
SELECT decision FROM fullest
WHERE decision IS NOT NULL AND messages > $cap_messages
ORDER BY decision
