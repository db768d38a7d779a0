-- Traits of people: the country of their last order line, and what their contact says.
CREATE OR REPLACE TEMP TABLE traits AS
SELECT key, 'country' AS trait, arg_max(country, (at_us, event_id)) AS value
FROM seen
WHERE key IS NOT NULL AND country IS NOT NULL
GROUP BY key
UNION ALL
SELECT key, trait, value FROM contact_traits
