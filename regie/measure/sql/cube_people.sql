-- Everybody of the accounts, numbered from 1 in the order of their keys, with the first order that
-- measurement still keeps; 0 is nobody.
CREATE OR REPLACE TEMP TABLE cube_people AS
SELECT
  key,
  CAST(row_number() OVER (ORDER BY key) AS INTEGER) AS person,
  CAST(coalesce(min(at_us) FILTER (WHERE kind = 'order' AND at_us >= $oldest_us), $never_us) AS BIGINT)
    AS first_us
FROM events
WHERE key IS NOT NULL AND kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY key
