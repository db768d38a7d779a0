-- What the accounts hold of each source today: order lines, returns, fees and adjustments.
SELECT
  source,
  CAST(count(*) AS BIGINT) AS lines,
  CAST(coalesce(sum("value"), 0) AS BIGINT) AS value_micros
FROM events
WHERE kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY source
ORDER BY source
