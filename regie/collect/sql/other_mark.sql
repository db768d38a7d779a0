-- How many amounts cannot be read with the mapping's decimal mark, the first row of them, and how
-- many would not be read with the other mark.
SELECT
  CAST(count(*) FILTER (WHERE bad IN ('unit_price', 'value', 'quantity')) AS BIGINT) AS bad,
  CAST(coalesce(min(row) FILTER (WHERE bad IN ('unit_price', 'value', 'quantity')), 0) AS BIGINT)
    AS first,
  CAST(count(*) FILTER (
    WHERE (unit_price IS NOT NULL AND parse_amount(unit_price, $mark, $signs) IS NULL)
      OR ("value" IS NOT NULL AND parse_amount("value", $mark, $signs) IS NULL)
      OR (quantity IS NOT NULL AND parse_micros(quantity, $mark) IS NULL)
  ) AS BIGINT) AS fails
FROM typed
WHERE unreadable IS NULL
