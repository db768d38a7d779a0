-- The newest lines that a figure of Explore is counted from; who ordered is not told.
WITH firsts AS (
  SELECT key, min(at_us) AS first_us FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND at_us >= $oldest_us
    -- Most questions need nobody's first order: then no other line is read for it.
    AND $by_first_order
  GROUP BY key
),
unmeasured_keys AS (SELECT DISTINCT key FROM unmeasured)
SELECT e.at_us, e.kind, e."order", e.item, e.quantity, e."value", e.country, e.source, e.event_id
FROM events AS e
LEFT JOIN firsts AS f ON f.key = e.key
LEFT JOIN unmeasured_keys AS u ON u.key = e.key
WHERE e.at_us >= $from_us AND e.at_us < $to_us
  AND (e.at_us < $after_us OR (e.at_us = $after_us AND e.event_id > $after_id))
  AND CASE $measure
    WHEN 'returns' THEN e.kind = 'return'
    WHEN 'fees' THEN e.kind IN ('fee', 'adjustment')
    WHEN 'orders' THEN e.kind = 'order' AND e."order" IS NOT NULL
    WHEN 'buyers' THEN e.kind = 'order' AND e.key IS NOT NULL AND u.key IS NULL
    WHEN 'new_customers' THEN e.kind = 'order' AND u.key IS NULL AND f.first_us >= $from_us
    WHEN 'returning' THEN e.kind = 'order' AND e.key IS NOT NULL AND u.key IS NULL
      AND coalesce(f.first_us < $from_us, TRUE)
    ELSE e.kind = 'order'
  END
ORDER BY e.at_us DESC, e.event_id
LIMIT $most
