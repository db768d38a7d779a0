-- Order lines that no purpose may keep any more, for the accounts: no person, order or country, the
-- day only, with a mark for each order and what an item is called, as in `anonymous.sql`; here a name
-- stays that lines of two people bear. Known again by what the accounts need and a number among equal
-- lines of their day, which goes on after those that are here already; `collect/sql/aged.sql` gives
-- the lines of a file the same ids.
WITH lines AS (
  SELECT
    *,
    day_us(at_us, $zone) AS day_us,
    concat_ws(
      chr(31), source, kind, day_us, coalesce(item, ''), quantity, "value", currency
    ) AS left_of_it
  FROM gone
),
before AS (
  SELECT
    concat_ws(
      chr(31), source, kind, at_us, coalesce(item, ''), quantity, "value", currency
    ) AS left_of_it,
    row_number() OVER (PARTITION BY left_of_it ORDER BY event_id) AS nth
  FROM events
  WHERE key IS NULL AND ("order" IS NULL OR is_anonymous("order"))
    AND kind IN ('order', 'return', 'fee', 'adjustment')
),
named AS (
  SELECT item, json_extract_string(attributes, '$.description') AS description
  FROM events
  WHERE kind = 'order' AND quantity > 0 AND item IN (SELECT item FROM gone)
  GROUP BY ALL
  HAVING min(coalesce(key, "order", event_id)) <> max(coalesce(key, "order", event_id))
),
taken AS (
  SELECT left_of_it, count(*) AS lines FROM before
  WHERE md5(concat_ws(chr(31), left_of_it, nth)) IN (SELECT event_id FROM events)
  GROUP BY left_of_it
)
SELECT
  md5(concat_ws(
    chr(31), l.left_of_it,
    coalesce(t.lines, 0) + row_number() OVER (PARTITION BY l.left_of_it ORDER BY l.event_id)
  )) AS event_id,
  l.day_us AS at_us,
  day_us(l.recorded_us, $zone) AS recorded_us,
  $import_id AS import_id,
  CAST(NULL AS VARCHAR) AS key,
  CAST(NULL AS VARCHAR) AS session,
  l.kind,
  CASE WHEN l.kind = 'order' AND l."order" IS NOT NULL THEN anonymous_order(l."order", $chance) END
    AS "order",
  l.item,
  l.quantity,
  l."value",
  l.currency,
  CAST(NULL AS VARCHAR) AS utm,
  CAST(NULL AS VARCHAR) AS click_id,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS decision,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS device,
  l.source,
  CASE WHEN l.kind = 'order' AND l.quantity > 0 AND n.description IS NOT NULL
    THEN CAST(json_object('description', n.description) AS VARCHAR)
    ELSE '{}'
  END AS attributes
FROM lines AS l
LEFT JOIN named AS n
  ON n.item = l.item AND n.description = json_extract_string(l.attributes, '$.description')
LEFT JOIN taken AS t ON t.left_of_it = l.left_of_it
WHERE l.kind IN (SELECT unnest(CAST($anonymous AS VARCHAR[])))
ORDER BY event_id
