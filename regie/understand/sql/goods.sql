-- The items of `baskets.sql`, in the order of their places.
SELECT DISTINCT seen.item
FROM seen
LEFT JOIN people ON people.key = seen.key
WHERE seen.kind = 'order' AND seen."order" IS NOT NULL AND seen.item IS NOT NULL
    AND NOT is_anonymous(seen."order")
    AND seen.at_us < $as_of_us AND seen.recorded_us < $as_of_us
    AND (seen.key IS NULL OR people.key IS NOT NULL)
ORDER BY seen.item
