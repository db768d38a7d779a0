-- Who did something (`kind`: an order, a coupon redeemed) within `days_us` after each instant of `understand_instants`: one row per person and
-- instant. Only what is seen counts, so the caller sees to it that the window is over.
SELECT instants.at_us AS instant_us, people.key,
    count(DISTINCT seen."order") AS orders,
    CAST(sum(seen.value) AS BIGINT) AS value_micros
FROM understand_instants AS instants
JOIN seen ON seen.at_us >= instants.at_us AND seen.at_us < instants.at_us + $days_us
JOIN people ON people.key = seen.key
WHERE seen.kind = $kind
GROUP BY instants.at_us, people.key
ORDER BY instants.at_us, people.key
