-- Orders of this source that the file holds with other lines than the table does.
WITH new_lines AS (
  SELECT DISTINCT "order", event_id FROM placed
  WHERE place IN ('fee', 'return', 'adjustment', 'order')
),
held_lines AS (
  SELECT e."order", e.event_id FROM events AS e
  WHERE e.source = $source AND e."order" IN (SELECT "order" FROM new_lines)
)
SELECT DISTINCT "order" FROM (
  SELECT "order" FROM held_lines ANTI JOIN new_lines USING (event_id)
  UNION ALL
  SELECT n."order" FROM new_lines AS n ANTI JOIN held_lines USING (event_id)
  WHERE n."order" IN (SELECT "order" FROM held_lines)
  UNION ALL
  -- Sold in an earlier file, cancelled in this one.
  SELECT "order" FROM placed
  WHERE place = 'cancelled' AND "order" IN (SELECT "order" FROM events WHERE source = $source)
)
ORDER BY "order"
