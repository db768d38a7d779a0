-- Whether any amount of the file holds this sign.
SELECT
  coalesce(bool_or(contains(quantity, $other)), FALSE)
  OR coalesce(bool_or(contains(unit_price, $other)), FALSE)
  OR coalesce(bool_or(contains("value", $other)), FALSE) AS holds
FROM typed
