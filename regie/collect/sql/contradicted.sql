-- Rows whose value and price both stand: how many, on how many the value is not quantity × price less
-- the discount (but for what rounding a price to the cent makes), and the first of those.
WITH told AS (
  SELECT
    row, quantity, unit_price, "value",
    abs(
      abs(CAST(value_micros AS HUGEINT))
      - abs(CAST(quantity_micros // 1000000 AS HUGEINT) * price_micros)
      + abs(coalesce(discount_micros, 0))
    ) > 10000 + 5000 * abs(CAST(quantity_micros // 1000000 AS HUGEINT)) AS apart
  FROM typed_rows
  WHERE bad IS NULL AND "value" IS NOT NULL AND price_micros IS NOT NULL
    AND quantity_micros <> 0 AND price_micros <> 0
)
SELECT
  CAST(count(*) AS BIGINT) AS lines,
  CAST(count(*) FILTER (WHERE apart) AS BIGINT) AS apart,
  coalesce(min(row) FILTER (WHERE apart), 0) AS row,
  coalesce(arg_min(quantity, row) FILTER (WHERE apart), '') AS quantity,
  coalesce(arg_min(unit_price, row) FILTER (WHERE apart), '') AS unit_price,
  coalesce(arg_min("value", row) FILTER (WHERE apart), '') AS "value"
FROM told
