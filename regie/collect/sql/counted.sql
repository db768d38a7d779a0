-- Where every row went, to the row and to the micro.
SELECT
  place,
  CAST(count(*) AS BIGINT) AS lines,
  CAST(coalesce(sum(value_micros), 0) AS BIGINT) AS value_micros,
  CAST(count(*) FILTER (
    WHERE event_id IN (SELECT event_id FROM events WHERE source = $source)
  ) AS BIGINT) AS held
FROM placed
GROUP BY place
ORDER BY place
