-- Readable figures of every person as of every instant in `understand_instants`, from what was
-- known then: a row counts for an instant only if it had happened and was recorded before it.
-- One row per person and instant with at least one order known; a day is 24 hours counted back
-- from the instant, so that the same person at the same distance has the same figures.
WITH known AS (
    SELECT people.key, seen.kind, seen."order", seen.item, seen.value, seen.at_us,
        greatest(seen.at_us, seen.recorded_us) AS known_us
    FROM seen
    JOIN people ON people.key = seen.key
    WHERE seen.kind IN ('order', 'return')
),
parts AS (
    SELECT key, kind, "order", known_us, min(at_us) AS at_us,
        CAST(sum(value) AS BIGINT) AS value_micros
    FROM known
    GROUP BY key, kind, "order", known_us
),
orders AS (
    SELECT instants.at_us AS instant_us, parts.key, parts."order",
        (instants.at_us - min(parts.at_us)) // 86400000000 AS age_days,
        min(parts.at_us) >= instants.at_us - 90 * 86400000000 AS in_90_days,
        CAST(sum(parts.value_micros) AS BIGINT) AS value_micros
    FROM understand_instants AS instants
    JOIN parts ON parts.known_us < instants.at_us AND parts.kind = 'order'
    GROUP BY instants.at_us, parts.key, parts."order"
),
returned AS (
    SELECT instants.at_us AS instant_us, parts.key,
        CAST(-sum(parts.value_micros) AS BIGINT) AS returned_micros
    FROM understand_instants AS instants
    JOIN parts ON parts.known_us < instants.at_us AND parts.kind = 'return'
    GROUP BY instants.at_us, parts.key
),
firsts AS (
    SELECT key, item, min(known_us) AS known_us
    FROM known
    WHERE kind = 'order' AND item IS NOT NULL
    GROUP BY key, item
),
variety AS (
    SELECT instants.at_us AS instant_us, firsts.key, count(*) AS items
    FROM understand_instants AS instants
    JOIN firsts ON firsts.known_us < instants.at_us
    GROUP BY instants.at_us, firsts.key
),
people_then AS (
    SELECT instant_us, key,
        min(age_days) AS recency_days,
        max(age_days) AS tenure_days,
        count(*) AS orders,
        count(*) FILTER (WHERE in_90_days) AS orders_90,
        count(DISTINCT age_days) AS order_days,
        CAST(sum(value_micros) AS BIGINT) AS value_micros
    FROM orders
    GROUP BY instant_us, key
)
SELECT people_then.*,
    coalesce(variety.items, 0) AS items,
    coalesce(returned.returned_micros, 0) AS returned_micros
FROM people_then
LEFT JOIN variety ON variety.instant_us = people_then.instant_us AND variety.key = people_then.key
LEFT JOIN returned
    ON returned.instant_us = people_then.instant_us AND returned.key = people_then.key
ORDER BY people_then.instant_us, people_then.key
