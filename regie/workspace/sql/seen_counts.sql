SELECT
  CAST(count(*) AS BIGINT) AS every,
  CAST(count(*) FILTER (WHERE at_us >= $as_of_us OR recorded_us >= $as_of_us) AS BIGINT) AS later,
  CAST(count(*) FILTER (
    WHERE at_us < $as_of_us AND recorded_us < $as_of_us AND at_us < $oldest_us
  ) AS BIGINT) AS old
FROM events
