-- What each person bought and when, once per order and item.
SELECT DISTINCT people.key, seen.item, seen.at_us
FROM seen
JOIN people ON people.key = seen.key
WHERE seen.kind = 'order' AND seen.item IS NOT NULL
ORDER BY people.key, seen.item, seen.at_us
