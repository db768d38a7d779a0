-- The ledger leaf of every event, in the order that makes the root: what was sealed, and checked.
-- A text as length:text, a number as number:, and nothing before the colon for NULL (concat leaves
-- NULL out), so that no two rows spell the same; chr(0) first, as RFC 6962 wants of a leaf.
-- The column names stand here one by one, so that a column added later changes no old leaf.
-- Narrowed by what is given: an import, a person, some orders of a source; NULL or [] is no bound.
SELECT event_id, import_id,
       unhex(sha256(concat(
           chr(0),
           strlen(event_id), ':', event_id,
           at_us, ':',
           recorded_us, ':',
           strlen(import_id), ':', import_id,
           strlen("key"), ':', "key",
           strlen(session), ':', session,
           strlen(kind), ':', kind,
           strlen("order"), ':', "order",
           strlen(item), ':', item,
           quantity, ':',
           "value", ':',
           strlen(currency), ':', currency,
           strlen(utm), ':', utm,
           strlen(click_id), ':', click_id,
           strlen(referrer), ':', referrer,
           strlen(decision), ':', decision,
           strlen(country), ':', country,
           strlen(device), ':', device,
           strlen(source), ':', source,
           strlen(attributes), ':', attributes
       ))) AS leaf
FROM events
WHERE ($import_id IS NULL OR import_id = $import_id)
  AND ($key IS NULL OR "key" = $key)
  AND (len($orders) = 0
       OR (source = $source AND "order" IN (SELECT unnest(CAST($orders AS VARCHAR[])))))
ORDER BY event_id
