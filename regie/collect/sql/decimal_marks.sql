-- How many amounts of the file each decimal mark reads, and one that both read, differently.
SELECT
  CAST(count(comma) AS BIGINT) AS comma,
  CAST(count(point) AS BIGINT) AS point,
  min(text) FILTER (WHERE comma <> point) AS either
FROM (
  SELECT text, parse_amount(text, ',', $signs) AS comma, parse_amount(text, '.', $signs) AS point
  FROM (
    SELECT unnest([quantity, unit_price, "value"]) AS text FROM fields
  )
  WHERE text IS NOT NULL
)
