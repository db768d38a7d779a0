-- The catalogue as of an instant, from the lines that were seen.
-- The settled description is the one on most sale lines; on a tie the latest, then the first in
-- alphabetical order. Lines without a price never name an item: there people write "damaged" or "?".
CREATE OR REPLACE TEMP TABLE items AS
WITH sale AS (
  SELECT
    item,
    json_extract_string(attributes, '$.description') AS description,
    at_us,
    "value" // quantity AS price_micros,
    "order"
  FROM seen
  WHERE kind = 'order' AND item IS NOT NULL AND quantity > 0
),
named AS (
  SELECT item, description, count(*) AS lines, max(at_us) AS last_us
  FROM sale
  WHERE description IS NOT NULL
  GROUP BY item, description
),
ranked AS (
  SELECT
    item,
    description,
    row_number() OVER (PARTITION BY item ORDER BY lines DESC, last_us DESC, description) AS nth,
    count(*) OVER (PARTITION BY item) AS names
  FROM named
),
sold AS (
  SELECT
    item,
    min(at_us) AS first_us,
    max(at_us) AS last_us,
    min(price_micros) AS least_price_micros,
    max(price_micros) AS most_price_micros,
    arg_max(price_micros, (at_us, "order", price_micros)) AS last_price_micros,
    CAST(count(*) AS BIGINT) AS lines
  FROM sale
  GROUP BY item
)
SELECT
  s.item,
  coalesce(f.description, r.description, s.item) AS description,
  s.first_us,
  s.last_us,
  s.least_price_micros,
  s.most_price_micros,
  s.last_price_micros,
  s.lines,
  CAST(coalesce(r.names, 0) AS BIGINT) AS names
FROM sold AS s
LEFT JOIN ranked AS r ON r.item = s.item AND r.nth = 1
LEFT JOIN item_facts AS f ON f.item = s.item
ORDER BY s.item
