-- What each person did, by kind and instant: how many events, what they are worth.
SELECT s.kind, p.person, s.at_us, count(s.event_id) AS n,
       CAST(coalesce(sum(s.value), 0) AS BIGINT) AS value
FROM seen AS s
JOIN counted_people AS p ON p.key = s.key
GROUP BY s.kind, p.person, s.at_us
ORDER BY s.kind, p.person, s.at_us
