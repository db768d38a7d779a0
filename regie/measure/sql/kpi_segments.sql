-- Who objects to being measured (`unmeasured`) counts in the accounts and never as a person.
-- Order lines of each segment, for a period and the one before it; a person may be in several.
-- `kpi.segments_sql` adds the figures of kpi.sql to it, so that both are counted alike.
WITH lines AS (
  SELECT
    m.segment,
    e.*,
    CASE WHEN e.key NOT IN (SELECT key FROM unmeasured) THEN e.key END AS person,
    CASE WHEN e.at_us >= $from_us THEN 'now' ELSE 'before' END AS period
  FROM events AS e
  JOIN members AS m ON m.key = e.key
  WHERE e.at_us >= $before_us AND e.at_us < $to_us
    AND e.kind IN ('order', 'return', 'fee', 'adjustment')
)
SELECT l.period, 'segment' AS dimension, l.segment AS name
FROM lines AS l
GROUP BY l.period, l.segment
ORDER BY name, period
