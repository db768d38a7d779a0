-- Of people whose identifiers are numbers: how many, the last number, the rows of 0, and the most rows
-- of any other.
SELECT
  CAST(count(*) AS BIGINT) AS people,
  CAST(coalesce(max(number), 0) AS BIGINT) AS last,
  CAST(coalesce(sum(lines) FILTER (WHERE number = 0), 0) AS BIGINT) AS zero,
  CAST(coalesce(max(lines) FILTER (WHERE number <> 0), 0) AS BIGINT) AS most
FROM (
  SELECT TRY_CAST(person AS BIGINT) AS number, count(*) AS lines
  FROM typed_rows WHERE person IS NOT NULL GROUP BY number
)
