-- Since when anything is known of anybody's orders; no row where nothing is.
SELECT min(greatest(seen.at_us, seen.recorded_us)) AS known_us
FROM seen
JOIN people ON people.key = seen.key
WHERE seen.kind = 'order'
HAVING count(*) > 0
ORDER BY known_us
