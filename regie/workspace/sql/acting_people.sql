-- People of whom something is held that they did themselves: what we did to them keeps nobody here.
SELECT DISTINCT key FROM events
WHERE key IS NOT NULL AND NOT list_contains(CAST($done_to AS VARCHAR[]), kind)
ORDER BY key
