SELECT key, count(*) AS lines FROM placed WHERE key IS NOT NULL GROUP BY key ORDER BY key
