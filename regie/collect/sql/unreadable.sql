SELECT
  t.row,
  t.bad,
  CASE t.bad
    WHEN 'row' THEN t.unreadable
    WHEN 'text' THEN t.unreadable
    WHEN 'footer' THEN t.unreadable
    WHEN 'order' THEN t."order"
    WHEN 'item' THEN t.item
    WHEN 'person' THEN t.person
    WHEN 'at' THEN t."at"
    WHEN 'quantity' THEN t.quantity
    WHEN 'unit_price' THEN t.unit_price
    WHEN 'value' THEN t."value"
    WHEN 'discount' THEN t.discount
    WHEN 'purpose' THEN t.purpose
    WHEN 'granted' THEN t.granted
    WHEN 'event' THEN t."event"
  END AS found,
  coalesce(t.unreadable, CAST(to_json(f) AS VARCHAR)) AS raw
FROM typed AS t
JOIN fields AS f ON f.row = t.row
WHERE t.bad IS NOT NULL AND t.row >= $from_row
ORDER BY t.row
LIMIT $most
