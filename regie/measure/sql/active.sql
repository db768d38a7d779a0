-- People who ordered in a period; orders without a customer, or of people who object to being
-- measured, count in revenue, never as people.
SELECT CAST(count(DISTINCT key) AS BIGINT) AS active
FROM events
WHERE kind = 'order' AND at_us >= $from_us AND at_us < $to_us
  AND key NOT IN (SELECT key FROM unmeasured)
