-- Rows older than any purpose may keep: of order lines only what the accounts need comes in, and of
-- the rest nothing. The same line is known again by what is left of it, and by its number among
-- equal ones of its day, so that the same file again adds nothing; see docs/decisions/0012.
-- `workspace/sql/expired.sql` gives lines that grow old in the table the same ids.
CREATE OR REPLACE TEMP TABLE too_old AS
SELECT
  row,
  place IN ('order', 'return', 'fee', 'adjustment') AS is_line,
  concat_ws(
    chr(31), $source, place, day_us(at_us, $zone), coalesce(item_code, ''),
    coalesce(quantity_micros // 1000000, 0), coalesce(value_micros, 0), $currency
  ) AS left_of_it,
  row_number() OVER (PARTITION BY left_of_it ORDER BY row) AS nth
FROM placed
JOIN kept_since AS s ON s.kind = place
-- An erased person's later lines are anonymous already, and known by their own id.
WHERE at_us < s.since_us AND opposed_us IS NULL;
UPDATE placed_rows SET
  aged = TRUE,
  key = CASE WHEN is_line THEN NULL ELSE key END,
  event_id = CASE WHEN is_line THEN md5(concat_ws(chr(31), left_of_it, too_old.nth)) ELSE event_id END,
  place = CASE WHEN is_line THEN place ELSE 'expired' END
FROM too_old
WHERE too_old.row = placed_rows.row;;
-- A file brought again with changes: most of its old lines are in the accounts already. What it
-- changed or added on their days cannot take the place of what stands there without its order, and
-- beside it would count twice: it stays out, and is told.
UPDATE placed_rows SET place = 'expired'
FROM (
  WITH old AS MATERIALIZED (
    SELECT p.row, p.at_us, h.event_id IS NOT NULL AS known
    FROM placed AS p LEFT JOIN (SELECT DISTINCT event_id FROM events) AS h USING (event_id)
    WHERE p.aged AND p.place IN ('order', 'return', 'fee', 'adjustment')
  )
  SELECT row FROM old
  WHERE NOT known
    AND (SELECT 2 * count(*) FILTER (WHERE known) > count(*) FROM old)
    AND day_us(at_us, $zone) IN (
      SELECT at_us FROM events
      WHERE source = $source AND key IS NULL AND ("order" IS NULL OR is_anonymous("order"))
        AND kind IN ('order', 'return', 'fee', 'adjustment')
    )
) AS changed
WHERE changed.row = placed_rows.row
