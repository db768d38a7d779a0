-- Messages of the rolling window, over all channels: those that were sent, and those approved.
WITH every AS (
  SELECT key, coalesce(decision, event_id) AS message
  FROM seen
  WHERE kind = 'send' AND key IS NOT NULL AND at_us >= $from_us
  UNION
  SELECT key, decision AS message FROM approved_messages
  WHERE at_us >= $from_us AND at_us < $as_of_us
)
SELECT p.key, CAST(count(e.message) AS BIGINT) AS messages
FROM people AS p
LEFT JOIN every AS e ON e.key = p.key
GROUP BY p.key
ORDER BY p.key
