-- Orders of this source that the file holds with other lines than the table does. The mark of an
-- anonymous order (`workspace/sql/anonymous.sql`) is no order's number: nothing takes its place.
WITH new_lines AS (
  SELECT DISTINCT "order", event_id FROM placed
  WHERE place IN ('fee', 'return', 'adjustment', 'order')
),
held_lines AS (
  SELECT e."order", e.event_id, e.import_id FROM events AS e
  WHERE e.source = $source AND e."order" IN (SELECT "order" FROM new_lines)
    AND NOT is_anonymous(e."order")
)
SELECT DISTINCT "order" FROM (
  -- A line that was corrected by hand is not in its own file, and stands beside its order's others.
  SELECT "order" FROM held_lines ANTI JOIN new_lines USING (event_id)
  WHERE NOT starts_with(import_id, $replayed)
  UNION ALL
  SELECT n."order" FROM new_lines AS n ANTI JOIN held_lines USING (event_id)
  WHERE n."order" IN (SELECT "order" FROM held_lines)
  UNION ALL
  -- Sold in an earlier file, cancelled in this one.
  SELECT "order" FROM placed
  WHERE place = 'cancelled' AND "order" IN (SELECT "order" FROM events WHERE source = $source)
    AND NOT is_anonymous("order")
)
ORDER BY "order"
