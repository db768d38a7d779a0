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
    key IS NOT NULL AS known
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
    CAST(count(*) AS BIGINT) AS lines
  FROM sale
  GROUP BY item
),
-- The usual price of the item's last 60 days of sale: on most lines of known customers, then of
-- anybody; on a tie the later, then the lower one. The last line alone may be a price of its own.
priced AS (
  SELECT
    p.item,
    p.price_micros,
    row_number() OVER (
      PARTITION BY p.item
      ORDER BY count(*) FILTER (WHERE p.known) DESC, count(*) DESC, max(p.at_us) DESC, p.price_micros
    ) AS nth
  FROM sale AS p
  JOIN sold AS d ON d.item = p.item AND p.at_us > d.last_us - 60 * 86400000000
  GROUP BY p.item, p.price_micros
)
SELECT
  s.item,
  coalesce(f.description, r.description, s.item) AS description,
  s.first_us,
  s.last_us,
  s.least_price_micros,
  s.most_price_micros,
  u.price_micros AS usual_price_micros,
  s.lines,
  CAST(coalesce(r.names, 0) AS BIGINT) AS names
FROM sold AS s
JOIN priced AS u ON u.item = s.item AND u.nth = 1
LEFT JOIN ranked AS r ON r.item = s.item AND r.nth = 1
LEFT JOIN item_facts AS f ON f.item = s.item
ORDER BY s.item
