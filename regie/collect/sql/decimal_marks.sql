-- Of each field of amounts: how many each decimal mark alone reads; how many both read, differently
-- (1,250), by the sign within; how many have neither sign, below a thousand and above; and how many
-- there are, and end in 000 behind the sign.
WITH read AS (
  SELECT
    field, text, contains(text, ',') AS with_comma,
    parse_amount(text, ',', $signs) AS comma, parse_amount(text, '.', $signs) AS point
  FROM (
    SELECT
      unnest(['quantity', 'unit_price', 'value']) AS field,
      unnest([quantity, unit_price, "value"]) AS text
    FROM fields
  )
  WHERE text IS NOT NULL
)
SELECT
  field,
  CAST(count(comma) FILTER (WHERE point IS NULL) AS BIGINT) AS comma_alone,
  CAST(count(point) FILTER (WHERE comma IS NULL) AS BIGINT) AS point_alone,
  CAST(count(*) FILTER (WHERE comma <> point AND with_comma) AS BIGINT) AS either_comma,
  CAST(count(*) FILTER (WHERE comma <> point AND NOT with_comma) AS BIGINT) AS either_point,
  CAST(count(*) FILTER (WHERE comma = point AND abs(comma) BETWEEN 1 AND 999999999) AS BIGINT) AS small,
  CAST(count(*) FILTER (WHERE comma = point AND abs(comma) >= 1000000000) AS BIGINT) AS large,
  CAST(count(*) AS BIGINT) AS filled,
  CAST(count(*) FILTER (WHERE regexp_full_match(text, '[-+]?[0-9]{1,3}[.,]000')) AS BIGINT) AS zeros,
  min(text) FILTER (WHERE comma <> point) AS either
FROM read
GROUP BY field
ORDER BY field
