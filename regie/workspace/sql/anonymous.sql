-- Order lines of an erased person, for the accounts: no key, session, invoice or country, the day of
-- the workspace's zone only. Lines of one order keep a mark of their own, so that orders and baskets
-- stay countable: made with `$chance`, which is kept nowhere. Lines keep what their item is called
-- where somebody else's line calls it so too: the catalogue needs that, and it tells of the item; a
-- text of this person's lines alone, or of a return or a fee, may tell of the person and goes.
WITH named AS (
  SELECT DISTINCT item, json_extract_string(attributes, '$.description') AS description
  FROM events
  WHERE kind = 'order' AND quantity > 0
    AND item IN (SELECT item FROM gone)
    AND (key IS NULL OR key NOT IN (SELECT key FROM gone WHERE key IS NOT NULL))
)
SELECT
  md5(concat_ws(chr(31), $import_id, CAST(row_number() OVER (ORDER BY g.event_id) AS VARCHAR)))
    AS event_id,
  day_us(g.at_us, $zone) AS at_us,
  day_us(g.recorded_us, $zone) AS recorded_us,
  $import_id AS import_id,
  CAST(NULL AS VARCHAR) AS key,
  CAST(NULL AS VARCHAR) AS session,
  g.kind,
  CASE WHEN g.kind = 'order' AND g."order" IS NOT NULL THEN anonymous_order(g."order", $chance) END
    AS "order",
  g.item,
  g.quantity,
  g."value",
  g.currency,
  CAST(NULL AS VARCHAR) AS utm,
  CAST(NULL AS VARCHAR) AS click_id,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS decision,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS device,
  g.source,
  CASE WHEN g.kind = 'order' AND g.quantity > 0 AND n.description IS NOT NULL
    THEN CAST(json_object('description', n.description) AS VARCHAR)
    ELSE '{}'
  END AS attributes
FROM gone AS g
LEFT JOIN named AS n
  ON n.item = g.item AND n.description = json_extract_string(g.attributes, '$.description')
WHERE g.kind IN ('order', 'return', 'fee', 'adjustment')
