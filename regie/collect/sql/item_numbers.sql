-- How many numbers of items end in .0, and how many have another fraction.
SELECT
  CAST(count(*) FILTER (WHERE regexp_full_match("item", '[0-9]+\.0')) AS BIGINT) AS whole,
  CAST(count(*) FILTER (WHERE NOT regexp_full_match("item", '[0-9]+\.0')) AS BIGINT) AS others
FROM typed_rows
WHERE contains("item", '.')
