-- Orders, items, countries and sources of the accounts, each numbered from 1 in the order of its
-- name; 0 is none.
CREATE OR REPLACE TEMP TABLE cube_named AS
SELECT dimension, name, CAST(row_number() OVER (PARTITION BY dimension ORDER BY name) AS INTEGER) AS code
FROM (
  SELECT DISTINCT unnest(['order', 'item', 'country', 'source']) AS dimension,
         unnest(["order", item, country, source]) AS name
  FROM events
  WHERE kind IN ('order', 'return', 'fee', 'adjustment')
)
WHERE name IS NOT NULL
