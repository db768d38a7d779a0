-- The rows to add: accepted, not held yet, in the table's columns.
CREATE OR REPLACE TEMP TABLE arriving AS
SELECT
  event_id,
  happened_us AS at_us,
  CASE WHEN $recorded = 'happened' THEN happened_us ELSE $recorded_us END AS recorded_us,
  $import_id AS import_id,
  key,
  CAST(NULL AS VARCHAR) AS session,
  place AS kind,
  CASE
    WHEN NOT anonymous THEN "order"
    WHEN place = 'order' THEN anonymous_order("order", $chance)
  END AS "order",
  item_code AS item,
  coalesce(quantity_micros // 1000000, 0) AS quantity,
  coalesce(value_micros, 0) AS "value",
  $currency AS currency,
  CAST(NULL AS VARCHAR) AS utm,
  CAST(NULL AS VARCHAR) AS click_id,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS decision,
  CASE WHEN NOT anonymous THEN without_addresses(country) END AS country,
  CAST(NULL AS VARCHAR) AS device,
  $source AS source,
  coalesce(attributes, '{}') AS attributes
FROM (
  -- Lines of before any purpose's retention, and those of an erased person that come later, count in
  -- the accounts: no person or country, the day only, and of the order a mark as in
  -- `workspace/sql/anonymous.sql`.
  SELECT
    *,
    aged OR opposed_us IS NOT NULL AS anonymous,
    CASE WHEN anonymous THEN day_us(at_us, $zone) ELSE at_us END AS happened_us
  FROM placed
) AS p
WHERE place NOT IN (
    'footer', 'unreadable', 'erased', 'repeat', 'cancelled', 'contacts', 'products', 'expired'
  )
  AND (
    list_contains($replaced, coalesce(p."order", ''))
    OR p.event_id NOT IN (SELECT event_id FROM events WHERE source = $source)
  )
