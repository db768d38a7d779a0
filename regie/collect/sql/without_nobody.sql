UPDATE typed_rows SET
  bad = CASE WHEN $orders THEN bad ELSE coalesce(bad, 'person') END,
  person = CASE WHEN NOT $orders THEN person END
WHERE length(person) < 20 AND list_contains(CAST($words AS VARCHAR[]), lower(person))
