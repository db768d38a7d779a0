-- What is left of the lines of an erased person (`$key`), and of others' lines that name them.
--
-- Order lines of an erased person, for the accounts: no key, session, invoice or country, the day of
-- the workspace's zone only. Lines of one order keep a mark of their own, so that orders and baskets
-- stay countable: made with `$chance`, which is kept nowhere. Lines keep what their item is called
-- where somebody else's line calls it so too: the catalogue needs that, and it tells of the item; a
-- text of this person's lines alone, or of a return or a fee, may tell of the person and goes; of a
-- code of theirs alone what names them (`$words`).
WITH mine AS (SELECT * FROM gone WHERE key = $key),
sold_to_others AS (
  SELECT DISTINCT item
  FROM events
  WHERE item IN (SELECT item FROM mine WHERE regexp_matches(item, $words))
    AND (key IS NULL OR key <> $key)
),
named AS (
  SELECT DISTINCT item, json_extract_string(attributes, '$.description') AS description
  FROM events
  WHERE kind = 'order' AND quantity > 0
    AND item IN (SELECT item FROM mine)
    AND (key IS NULL OR key <> $key)
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
  CASE
    WHEN regexp_matches(g.item, $codes)
      OR (regexp_matches(g.item, $words) AND g.item NOT IN (SELECT item FROM sold_to_others))
      THEN without(without(g.item, $words), $words)
    ELSE g.item
  END AS item,
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
FROM mine AS g
LEFT JOIN named AS n
  ON n.item = g.item AND n.description = json_extract_string(g.attributes, '$.description')
WHERE g.kind IN ('order', 'return', 'fee', 'adjustment')
UNION ALL BY NAME
-- With `…` where they name somebody; twice, as two names may share a border.
SELECT * REPLACE (
  $import_id AS import_id,
  without(without(item, $codes), $codes) AS item,
  -- Two orders that name them stay two.
  CASE
    WHEN regexp_matches("order", $codes) THEN concat(
      without(without("order", $codes), $codes),
      '-', left(sha256(concat($chance, chr(31), "order")), 8)
    )
    ELSE "order"
  END AS "order",
  without(without(attributes, $words), $words) AS attributes,
  without(without(referrer, $words), $words) AS referrer,
  without(without(utm, $words), $words) AS utm,
  without(without(country, $words), $words) AS country,
  without(without(session, $words), $words) AS session,
  without(without(click_id, $words), $words) AS click_id,
  without(without(device, $words), $words) AS device
)
FROM gone
WHERE key IS NULL OR key <> $key
