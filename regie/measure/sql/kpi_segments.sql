-- Who objects to being measured (`unmeasured`) counts in the accounts and never as a person.
-- Key figures of each segment, for a period and the one before it; a person may be in several.
WITH lines AS (
  SELECT
    m.segment,
    e.*,
    CASE WHEN u.key IS NULL THEN e.key END AS person,
    CASE WHEN e.at_us >= $from_us THEN 'now' ELSE 'before' END AS period
  FROM events AS e
  JOIN members AS m ON m.key = e.key
  LEFT JOIN unmeasured AS u ON u.key = e.key
  WHERE e.at_us >= $before_us AND e.at_us < $to_us
    AND e.kind IN ('order', 'return', 'fee', 'adjustment')
),
firsts AS (
  SELECT key, min(at_us) AS first_us FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND at_us < $to_us
  GROUP BY key
)
SELECT
  l.period,
  'segment' AS dimension,
  l.segment AS name,
  CAST(coalesce(sum(l."value") FILTER (WHERE l.kind = 'order'), 0) AS BIGINT) AS revenue_micros,
  CAST(coalesce(sum(l."value") FILTER (WHERE l.kind = 'return'), 0) AS BIGINT) AS returns_micros,
  CAST(coalesce(sum(l."value") FILTER (WHERE l.kind IN ('fee', 'adjustment')), 0) AS BIGINT)
    AS fees_micros,
  CAST(count(DISTINCT l."order") FILTER (WHERE l.kind = 'order') AS BIGINT) AS orders,
  CAST(count(DISTINCT l.person) FILTER (WHERE l.kind = 'order') AS BIGINT) AS active,
  CAST(count(DISTINCT l.person) FILTER (
    WHERE l.kind = 'order'
      AND f.first_us >= CASE WHEN l.period = 'now' THEN $from_us ELSE $before_us END
      AND f.first_us < CASE WHEN l.period = 'now' THEN $to_us ELSE $from_us END
  ) AS BIGINT) AS new_customers
FROM lines AS l
LEFT JOIN firsts AS f ON f.key = l.person
GROUP BY l.period, l.segment
ORDER BY name, period
