-- Everybody of whom the events still hold a row.
SELECT DISTINCT key FROM events WHERE key IS NOT NULL ORDER BY key
