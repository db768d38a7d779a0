-- What each person bought and when, once per order and item.
SELECT DISTINCT people.key, seen.item, seen.at_us
FROM seen
JOIN people ON people.key = seen.key
WHERE seen.kind = 'order' AND seen.item IS NOT NULL
    AND seen.at_us < $as_of_us AND seen.recorded_us < $as_of_us
ORDER BY people.key, seen.item, seen.at_us
