-- Revenue of a period: order lines net of discounts, before returns, in micros.
SELECT CAST(coalesce(sum("value"), 0) AS BIGINT) AS revenue_micros
FROM events
WHERE kind = 'order' AND at_us >= $from_us AND at_us < $to_us
