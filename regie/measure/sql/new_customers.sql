-- People whose first order lies in a period.
SELECT CAST(count(*) AS BIGINT) AS new_customers
FROM (
  SELECT key, min(at_us) AS first_us
  FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND key NOT IN (SELECT key FROM unmeasured) AND at_us >= $oldest_us
  GROUP BY key
)
WHERE first_us >= $from_us AND first_us < $to_us
