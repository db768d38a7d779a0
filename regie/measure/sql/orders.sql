-- Distinct orders of a period.
SELECT CAST(count(DISTINCT "order") AS BIGINT) AS orders
FROM events
WHERE kind = 'order' AND at_us >= $from_us AND at_us < $to_us
