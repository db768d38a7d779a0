-- Rows that say what an earlier row of the file says. Few ids stand twice: a count of their first
-- letters finds these, and only their rows are numbered; numbering every row takes thrice as long.
UPDATE placed_rows SET place = 'repeat'
FROM (
  SELECT row, row_number() OVER (PARTITION BY event_id ORDER BY row) AS nth
  FROM placed_rows
  WHERE bad IS NULL
    AND left(event_id, 12) IN (
      SELECT left(event_id, 12) FROM placed_rows WHERE bad IS NULL GROUP BY 1 HAVING count(*) > 1
    )
) AS numbered
WHERE numbered.row = placed_rows.row AND nth > 1 AND place <> 'erased'
