-- What a products file says of each item; of two rows on one item the later one.
SELECT item_code AS item, arg_max(without_addresses(description), row) AS description
FROM placed
WHERE place = 'products' AND description IS NOT NULL
GROUP BY item_code
ORDER BY item
