-- Items by revenue of a period, with the period before; fees are no items.
SELECT
  item,
  CAST(count(DISTINCT "order") FILTER (WHERE at_us >= $from_us) AS BIGINT) AS orders,
  CAST(coalesce(sum(quantity) FILTER (WHERE at_us >= $from_us), 0) AS BIGINT) AS pieces,
  CAST(coalesce(sum("value") FILTER (WHERE at_us >= $from_us), 0) AS BIGINT) AS revenue_micros,
  CAST(coalesce(sum("value") FILTER (WHERE at_us < $from_us), 0) AS BIGINT) AS before_micros
FROM events
WHERE kind = 'order' AND item IS NOT NULL AND at_us >= $before_us AND at_us < $to_us
GROUP BY item
ORDER BY revenue_micros DESC, item
LIMIT $most
