SELECT DISTINCT s.key, s.item
FROM seen AS s
JOIN people AS p ON p.key = s.key
WHERE s.kind = 'order' AND s.item IS NOT NULL AND s.at_us >= $from_us AND s.at_us < $to_us
ORDER BY s.key, s.item
