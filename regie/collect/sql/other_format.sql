-- How many rows cannot be read in the mapping's formats, the first of them, and how many would not
-- be read in another one.
SELECT
  CAST(count(*) FILTER (WHERE bad = 'at' AND at_us IS NULL) AS BIGINT) AS bad,
  CAST(coalesce(min(row) FILTER (WHERE bad = 'at' AND at_us IS NULL), 0) AS BIGINT) AS first,
  CAST(count(*) FILTER (WHERE try_strptime("at", $format) IS NULL) AS BIGINT) AS fails
FROM typed
WHERE "at" IS NOT NULL
