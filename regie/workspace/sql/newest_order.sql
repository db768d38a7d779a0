-- The newest order that may be seen; 0 where there is none.
SELECT CAST(coalesce(max(at_us), 0) AS BIGINT) AS at_us FROM seen WHERE kind = 'order'
