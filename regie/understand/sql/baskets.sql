-- Which item stood in which basket, once per pair: lines of people whose gate is open, and lines
-- without a person, by invoice. Fees are another kind and never come here. Lines made anonymous are
-- for the accounts alone: nobody who closed the gate and is erased comes in by it.
WITH lines AS (
    SELECT seen."order", seen.item, seen.at_us
    FROM seen
    LEFT JOIN people ON people.key = seen.key
    WHERE seen.kind = 'order' AND seen."order" IS NOT NULL AND seen.item IS NOT NULL
        AND NOT is_anonymous(seen."order")
        AND seen.at_us < $as_of_us AND seen.recorded_us < $as_of_us
        AND (seen.key IS NULL OR people.key IS NOT NULL)
),
baskets AS (
    SELECT "order", min(at_us) AS at_us, row_number() OVER (ORDER BY "order") - 1 AS basket
    FROM lines
    GROUP BY "order"
),
goods AS (
    SELECT item, row_number() OVER (ORDER BY item) - 1 AS place
    FROM lines
    GROUP BY item
)
SELECT DISTINCT baskets.basket, goods.place, baskets.at_us
FROM lines
JOIN baskets ON baskets."order" = lines."order"
JOIN goods ON goods.item = lines.item
ORDER BY baskets.basket, goods.place
