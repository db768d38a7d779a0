-- Every row gets its place; the first reason that fits, in the order of `PLACES`. What repeats an
-- earlier row is told afterwards (`repeats`), so that rows pass through once and are written once.
CREATE OR REPLACE TEMP TABLE placed_rows AS
WITH keyed AS (
  SELECT
    t.*,
    CASE WHEN k.opposed_us IS NULL THEN k.key END AS key,
    CAST(k.opposed_us AS BIGINT) AS opposed_us,
    CASE $kind
      WHEN 'orders' THEN 'order'
      WHEN 'redemptions' THEN 'redeem'
      WHEN 'consents' THEN concat('consent', chr(31), purpose, chr(31), granted)
      ELSE coalesce(lower("event"), $kind)
    END AS kind_text,
    -- The keyed key stands in, never the raw identifier: a hash of the identifier could be guessed.
    -- What the file means stands in, never how it spells it, so that a CSV and a spreadsheet of one
    -- log hold the same events. `details` is what a contact says; contacts never become events.
    md5(concat_ws(
      chr(31), $source, kind_text, coalesce(key, ''), coalesce("order", ''), coalesce(item, ''),
      coalesce(description, ''), coalesce(quantity_micros, 0), coalesce(at_us, 0),
      coalesce(price_micros, 0), coalesce(value_micros, 0), coalesce(country, ''),
      coalesce(campaign, ''), coalesce(details, '')
    )) AS event_id,
    CASE
      WHEN regexp_matches(item, '\s')
        THEN upper(item_words(regexp_replace(item, '\s+', ' ', 'g'), t.person))
      ELSE upper(item_words(item, t.person))
    END AS item_code
  FROM typed AS t
  LEFT JOIN person_keys AS k ON k.person = t.person
)
SELECT
  COLUMNS(c -> NOT list_contains($absent, c)),
  FALSE AS aged,
  CASE
    WHEN bad = 'footer' THEN 'footer'
    WHEN bad IS NOT NULL THEN 'unreadable'
    -- An order of after the erasure counts without a person; what a contact says is nobody's then.
    WHEN opposed_us IS NOT NULL AND (at_us <= opposed_us OR $kind = 'contacts') THEN 'erased'
    WHEN $kind <> 'orders' THEN split_part(kind_text, chr(31), 1)
    WHEN list_contains(CAST($cancelled AS VARCHAR[]), lower(status)) THEN 'cancelled'
    WHEN list_contains($fee_items, item_code) THEN 'fee'
    WHEN $return_prefix <> '' AND starts_with(upper("order"), upper($return_prefix)) THEN 'return'
    WHEN value_micros < 0 AND quantity_micros < 0 THEN 'return'
    WHEN value_micros <= 0 THEN 'adjustment'
    ELSE 'order'
  END AS place
FROM keyed
