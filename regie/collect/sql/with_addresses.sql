-- Rows in which a code or name of an item names a mailbox.
SELECT CAST(count(*) AS BIGINT) AS rows
FROM placed
WHERE (contains(item, '@') AND without_addresses(item) <> item)
  OR (contains(description, '@') AND without_addresses(description) <> description)
ORDER BY rows
