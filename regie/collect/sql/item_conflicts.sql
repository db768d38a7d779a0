SELECT
  i.item,
  i.description AS settled,
  i.names,
  string_agg(DISTINCT json_extract_string(s.attributes, '$.description'), ' | '
    ORDER BY json_extract_string(s.attributes, '$.description')) AS every_name
FROM items AS i
JOIN seen AS s ON s.item = i.item AND s.kind = 'order'
WHERE i.names > 1
GROUP BY i.item, i.description, i.names
ORDER BY i.names DESC, i.item
