-- People who ordered in a period and had ordered before it.
SELECT CAST(count(*) AS BIGINT) AS returning
FROM (
  SELECT key, min(at_us) AS first_us, max(CAST(at_us >= $from_us AS INT)) AS came
  FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND key NOT IN (SELECT key FROM unmeasured) AND at_us < $to_us AND at_us >= $oldest_us
  GROUP BY key
)
WHERE first_us < $from_us AND came = 1
