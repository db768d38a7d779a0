-- The instant of the first line; 0 where there is none.
SELECT CAST(coalesce(min(at_us), 0) AS BIGINT) AS first_us FROM events
