-- Amounts of each field with decimals and without: how many, their middle, one of each, and of how
-- many items an amount without is a hundred times one with.
WITH amounts AS (
  SELECT 'unit_price' AS field, item, unit_price AS text FROM fields WHERE row <= $most
  UNION ALL
  SELECT 'value', item, "value" FROM fields WHERE row <= $most
),
read AS (
  SELECT
    field, item, text, abs(parse_amount(text, $mark, $signs)) AS micros,
    contains(text, $mark) AS cut
  FROM amounts
  -- What is written in thousands (1,250) is no cents.
  WHERE text IS NOT NULL
    AND (contains(text, $mark) OR NOT regexp_matches(text, '[0-9][^0-9eE+-][0-9]'))
),
whole AS (
  SELECT DISTINCT field, item, micros FROM read
  WHERE NOT cut AND micros >= 100000000 AND micros % 100000000 <> 0
)
SELECT
  read.field,
  CAST(count(*) FILTER (WHERE cut) AS BIGINT) AS cut,
  CAST(count(*) FILTER (WHERE NOT cut) AS BIGINT) AS whole,
  coalesce(median(read.micros) FILTER (WHERE cut), 0) AS middle_cut,
  coalesce(median(read.micros) FILTER (WHERE NOT cut), 0) AS middle_whole,
  CAST(count(DISTINCT read.item) FILTER (WHERE cut AND whole.item IS NOT NULL) AS BIGINT) AS twins,
  min(text) FILTER (WHERE cut) AS one_cut,
  min(text) FILTER (WHERE NOT cut AND read.micros >= 100000000) AS one_whole
FROM read LEFT JOIN whole
  ON whole.field = read.field AND whole.item = read.item AND CAST(whole.micros AS HUGEINT) = 100 * CAST(read.micros AS HUGEINT)
WHERE read.micros IS NOT NULL
GROUP BY read.field
ORDER BY read.field
