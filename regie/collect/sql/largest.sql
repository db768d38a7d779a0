-- The row with the largest amount, where all amounts together would not fit in whole micros.
SELECT row, coalesce("value", unit_price, '') AS found, CAST("value" IS NOT NULL AS BIGINT) AS total
FROM typed
WHERE bad IS NULL
  AND (SELECT sum(CAST(abs(value_micros) AS HUGEINT)) FROM typed) > 9000000000000000000
ORDER BY abs(value_micros) DESC NULLS LAST, row
LIMIT 1
