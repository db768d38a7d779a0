-- The values each trait takes, in the order of their numbers, and how many people have each.
SELECT t.trait, t.value, count(DISTINCT p.person) AS persons
FROM traits AS t
JOIN counted_people AS p ON p.key = t.key
WHERE t.value IS NOT NULL
GROUP BY t.trait, t.value
ORDER BY t.trait, t.value
