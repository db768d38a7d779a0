-- The ledger leaf of every event, in the order of event_id: what was sealed, and what is checked.
-- Each column as length:text, N for NULL, so that no two rows spell the same; 0x00 as in RFC 6962.
-- The column names stand here one by one, so that a column added later changes no old leaf.
-- $import_id NULL takes every import.
SELECT event_id,
       unhex(sha256(
           chr(0)
           || coalesce(strlen(event_id) || ':' || event_id, 'N')
           || coalesce(strlen(at_us::VARCHAR) || ':' || at_us, 'N')
           || coalesce(strlen(recorded_us::VARCHAR) || ':' || recorded_us, 'N')
           || coalesce(strlen(import_id) || ':' || import_id, 'N')
           || coalesce(strlen("key") || ':' || "key", 'N')
           || coalesce(strlen(session) || ':' || session, 'N')
           || coalesce(strlen(kind) || ':' || kind, 'N')
           || coalesce(strlen("order") || ':' || "order", 'N')
           || coalesce(strlen(item) || ':' || item, 'N')
           || coalesce(strlen(quantity::VARCHAR) || ':' || quantity, 'N')
           || coalesce(strlen("value"::VARCHAR) || ':' || "value", 'N')
           || coalesce(strlen(currency) || ':' || currency, 'N')
           || coalesce(strlen(utm) || ':' || utm, 'N')
           || coalesce(strlen(click_id) || ':' || click_id, 'N')
           || coalesce(strlen(referrer) || ':' || referrer, 'N')
           || coalesce(strlen(decision) || ':' || decision, 'N')
           || coalesce(strlen(country) || ':' || country, 'N')
           || coalesce(strlen(device) || ':' || device, 'N')
           || coalesce(strlen(source) || ':' || source, 'N')
           || coalesce(strlen(attributes) || ':' || attributes, 'N')
       )) AS leaf
FROM events
WHERE $import_id IS NULL OR import_id = $import_id
ORDER BY event_id
