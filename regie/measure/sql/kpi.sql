-- Who objects to being measured (`unmeasured`) counts in the accounts and never as a person.
-- Key figures of a period and the one before it: in all, by day, by country.
-- Revenue is the order lines net of discounts; returns stand beside it, fees and adjustments apart.
WITH lines AS (
  SELECT
    e.*,
    CASE WHEN u.key IS NULL THEN e.key END AS person,
    CASE WHEN e.at_us >= $from_us THEN 'now' ELSE 'before' END AS period,
    CAST(timezone($zone, timezone('UTC', make_timestamp(e.at_us))) AS DATE) AS day
  FROM events AS e
  LEFT JOIN unmeasured AS u ON u.key = e.key
  WHERE e.at_us >= $before_us AND e.at_us < $to_us
    AND e.kind IN ('order', 'return', 'fee', 'adjustment')
),
firsts AS (
  SELECT key, min(at_us) AS first_us FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND at_us < $to_us AND at_us >= $oldest_us
  GROUP BY key
)
SELECT
  l.period,
  CASE WHEN grouping(l.day) = 0 THEN 'day' WHEN grouping(l.country) = 0 THEN 'country' ELSE 'all' END
    AS dimension,
  coalesce(CAST(l.day AS VARCHAR), l.country, '') AS name,
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
GROUP BY GROUPING SETS ((l.period), (l.period, l.day), (l.period, l.country))
ORDER BY dimension, name, period
