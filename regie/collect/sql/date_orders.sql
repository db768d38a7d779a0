-- How many dates of the file each order of day and month reads, and one that both read, differently.
SELECT
  CAST(count(day_first) AS BIGINT) AS day_first,
  CAST(count(month_first) AS BIGINT) AS month_first,
  min(text) FILTER (WHERE day_first <> month_first) AS either
FROM (
  SELECT
    "at" AS text,
    try_strptime("at", $day_first) AS day_first,
    try_strptime("at", $month_first) AS month_first
  FROM fields
  WHERE "at" IS NOT NULL
)
