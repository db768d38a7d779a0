-- What each person bought and when, once per order and item; person and place are numbers, in the
-- order of the keys and of the model's items.
WITH numbered AS (
    SELECT key, row_number() OVER (ORDER BY key) - 1 AS person FROM people
)
SELECT DISTINCT numbered.person, known.place, seen.at_us
FROM seen
JOIN numbered ON numbered.key = seen.key
JOIN understand_items AS known ON known.item = seen.item
WHERE seen.kind = 'order'
    AND seen.at_us < $as_of_us AND seen.recorded_us < $as_of_us
ORDER BY numbered.person, known.place, seen.at_us
