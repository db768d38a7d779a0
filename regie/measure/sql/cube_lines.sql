-- The lines of the accounts as numbers: one row for each item of a person's order on a day.
-- A sheet holds one kind: orders (0), returns (1), fees and adjustments (2).
SELECT
  CAST(CASE e.kind WHEN 'order' THEN 0 WHEN 'return' THEN 1 ELSE 2 END AS TINYINT) AS sheet,
  CAST(date_diff('day', DATE '1970-01-01',
    CAST(timezone($zone, timezone('UTC', make_timestamp(e.at_us))) AS DATE)) AS INTEGER) AS day,
  coalesce(p.person, 0) AS person,
  coalesce(o.code, 0) AS "order",
  CAST(coalesce(c.code, 0) AS SMALLINT) AS country,
  CAST(coalesce(s.code, 0) AS SMALLINT) AS source,
  coalesce(i.code, 0) AS item,
  CAST(sum(e."value") AS BIGINT) AS value_micros,
  CAST(sum(e.quantity) AS BIGINT) AS quantity
FROM events AS e
LEFT JOIN cube_people AS p ON p.key = e.key
LEFT JOIN cube_named AS o ON o.dimension = 'order' AND o.name = e."order"
LEFT JOIN cube_named AS c ON c.dimension = 'country' AND c.name = e.country
LEFT JOIN cube_named AS s ON s.dimension = 'source' AND s.name = e.source
LEFT JOIN cube_named AS i ON i.dimension = 'item' AND i.name = e.item
WHERE e.kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY ALL
ORDER BY sheet, day, person, "order", country, source, item
