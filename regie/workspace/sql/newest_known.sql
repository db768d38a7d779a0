-- The newest order before an instant; 0 where there is none.
SELECT CAST(coalesce(max(at_us), 0) AS BIGINT) AS newest_us FROM events
WHERE kind = 'order' AND at_us < $as_of_us
