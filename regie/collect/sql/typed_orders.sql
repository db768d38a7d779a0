-- fields (all text, as the file has them) → typed, with the first field that cannot be read in `bad`.
CREATE OR REPLACE TEMP TABLE typed_rows AS
WITH parsed AS (
  SELECT
    *,
    parse_instant(
      "at", $zone, $iso, $counted, CAST($formats AS VARCHAR[]),
      CAST($worded AS VARCHAR[]), $months
    ) AS at_us,
    TRY_CAST(parse_micros(quantity, $decimal) AS BIGINT) AS quantity_micros,
    parse_amount(unit_price, $decimal, $signs) // $unit_price_parts AS price_micros,
    parse_amount("value", $decimal, $signs) // $value_parts AS line_micros,
    parse_amount(discount, $decimal, $signs) // $discount_parts AS discount_micros
  FROM fields
),
valued AS (
  SELECT
    *,
    coalesce(
      line_micros,
      CASE WHEN quantity_micros % 1000000 = 0
        THEN TRY_CAST(CAST(quantity_micros // 1000000 AS HUGEINT) * price_micros AS BIGINT)
          -- A discount comes off, whether it is written 2.00 or -2.00; of what came back too.
          - CASE
            WHEN discount IS NULL THEN 0
            WHEN (quantity_micros < 0) <> (price_micros < 0) THEN -abs(discount_micros)
            ELSE abs(discount_micros)
          END
      END
    ) AS value_micros
  FROM parsed
)
SELECT
  COLUMNS(c -> NOT list_contains($absent, c)),
  CASE
    WHEN description IS NULL THEN '{}'
    ELSE CAST(json_object('description', item_words(description, person)) AS VARCHAR)
  END AS attributes,
  CASE
    WHEN aside IS NOT NULL THEN aside
    WHEN "order" IS NULL OR is_ruined("order") OR is_error("order") THEN 'order'
    WHEN item IS NULL OR is_ruined(item) OR is_error(item) THEN 'item'
    WHEN is_ruined(person) THEN 'person'
    WHEN at_us IS NULL OR at_us < $first_us OR at_us > $last_us THEN 'at'
    WHEN quantity_micros IS NULL OR quantity_micros % 1000000 <> 0 THEN 'quantity'
    WHEN discount IS NOT NULL AND discount_micros IS NULL THEN 'discount'
    WHEN "value" IS NOT NULL AND line_micros IS NULL THEN 'value'
    WHEN "value" IS NULL AND (price_micros IS NULL OR value_micros IS NULL) THEN 'unit_price'
  END AS bad
FROM valued
