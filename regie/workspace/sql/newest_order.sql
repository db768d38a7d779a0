-- The instant of the newest order; 0 where there is none.
SELECT CAST(coalesce(max(at_us), 0) AS BIGINT) AS newest_us FROM events WHERE kind = 'order'
