SELECT
  key,
  min(person) AS person,
  min(at_us) AS first_us,
  arg_min(country, (at_us, row)) AS country
FROM placed
WHERE key IS NOT NULL AND place NOT IN ('unreadable', 'erased', 'repeat', 'cancelled')
GROUP BY key
ORDER BY key
