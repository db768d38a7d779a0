-- Lines that come without a person (too old, or of somebody erased) keep what their item is called
-- where lines of two people call it so, in the file or held already; any other text goes, as in
-- `workspace/sql/expired.sql`.
UPDATE placed_rows SET attributes = '{}'
FROM (
  WITH going AS (
    SELECT p.* FROM placed AS p LEFT JOIN kept_since AS s ON s.kind = p.place
    WHERE p.place IN ('order', 'return', 'fee', 'adjustment')
      AND (p.opposed_us IS NOT NULL OR p.at_us < s.since_us)
  ),
  lines AS (
    SELECT item_code AS item, attributes, coalesce(key, "order") AS who
    FROM placed
    WHERE place = 'order' AND quantity_micros > 0 AND opposed_us IS NULL
    UNION ALL
    SELECT item, attributes, coalesce(key, "order", event_id) AS who
    FROM events
    WHERE kind = 'order' AND quantity > 0
  ),
  named AS (
    SELECT item, attributes FROM lines
    WHERE item IN (SELECT item_code FROM going)
    GROUP BY item, attributes
    HAVING min(who) <> max(who)
  )
  SELECT g.row
  FROM going AS g
  LEFT JOIN named AS n
    ON n.item = g.item_code AND n.attributes = g.attributes
      AND g.place = 'order' AND g.quantity_micros > 0
  WHERE n.item IS NULL
) AS nameless
WHERE nameless.row = placed_rows.row
