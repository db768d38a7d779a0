-- Items sold in [from, to), to anybody.
SELECT DISTINCT item FROM seen
WHERE kind = 'order' AND item IS NOT NULL AND quantity > 0 AND at_us >= $from_us AND at_us < $to_us
ORDER BY item
