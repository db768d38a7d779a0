-- Amounts that cannot be read and have a sign of another currency beside them, the first of them; the
-- price too where a value stands in for it.
SELECT row, found, sign
FROM (
  SELECT
    row,
    CASE bad WHEN 'value' THEN "value" WHEN 'discount' THEN discount ELSE unit_price END AS found,
    trim(regexp_replace(found, '[-0-9.,\x{00A0}\x{202F} ]+', '', 'g')) AS sign
  FROM typed
  WHERE bad IN ('unit_price', 'value', 'discount')
    OR (bad IS NULL AND unit_price IS NOT NULL AND price_micros IS NULL)
)
WHERE regexp_matches(found, $foreign)
ORDER BY row
LIMIT 1
