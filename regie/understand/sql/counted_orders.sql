-- Each order of each person by its last instant: it lies in a window where that one does.
SELECT person, at_us, count(*) AS n
FROM (
  SELECT p.person, max(s.at_us) AS at_us
  FROM seen AS s
  JOIN counted_people AS p ON p.key = s.key
  WHERE s.kind = 'order' AND s."order" IS NOT NULL
  GROUP BY p.person, s."order"
)
GROUP BY person, at_us
ORDER BY person, at_us
