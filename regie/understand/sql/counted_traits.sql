-- Each person's traits; values by their number among those of their trait.
SELECT t.trait, p.person,
       CAST(dense_rank() OVER (PARTITION BY t.trait ORDER BY t.value) - 1 AS INTEGER) AS code
FROM traits AS t
JOIN counted_people AS p ON p.key = t.key
WHERE t.value IS NOT NULL
ORDER BY t.trait, p.person, code
