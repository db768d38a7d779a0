-- Average basket of a period: revenue by order, rounded down to the micro.
SELECT CAST(coalesce(sum("value") // nullif(count(DISTINCT "order"), 0), 0) AS BIGINT) AS basket_micros
FROM events
WHERE kind = 'order' AND at_us >= $from_us AND at_us < $to_us
