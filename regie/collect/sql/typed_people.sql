-- fields of sends, consents, redemptions, contacts and products → typed, with the first unreadable in `bad`.
CREATE OR REPLACE TEMP TABLE typed_rows AS
WITH parsed AS (
  SELECT
    *,
    parse_instant(
      "at", $zone, $iso, $counted, CAST($formats AS VARCHAR[]),
      CAST($worded AS VARCHAR[]), $months
    ) AS parsed_us
  FROM fields
)
SELECT
  COLUMNS(c -> NOT list_contains($absent, c)),
  CAST(NULL AS BIGINT) AS value_micros,
  CAST(NULL AS BIGINT) AS quantity_micros,
  CAST(NULL AS BIGINT) AS price_micros,
  CASE
    WHEN campaign IS NULL THEN '{}' ELSE CAST(json_object('campaign', without_addresses(campaign)) AS VARCHAR)
  END AS attributes,
  coalesce(parsed_us, CASE WHEN "at" IS NULL THEN $default_us END) AS at_us,
  CASE
    WHEN aside IS NOT NULL THEN aside
    WHEN $kind <> 'products' AND (person IS NULL OR is_ruined(person)) THEN 'person'
    WHEN "at" IS NOT NULL AND (parsed_us IS NULL OR parsed_us < $first_us OR parsed_us > $last_us)
      THEN 'at'
    WHEN "at" IS NULL AND $default_us IS NULL THEN 'at'
    -- What nobody is known by closes nobody: a refusal would be noted, and lost.
    WHEN $kind = 'consents' AND contains(person, '@')
      AND NOT regexp_full_match(person, '[^\s<>,;@]+@[^\s<>,;@]+')
      THEN 'person'
    WHEN $kind = 'consents' AND NOT coalesce(list_contains($purposes, purpose), FALSE)
      THEN 'purpose'
    WHEN $kind = 'consents'
      AND NOT coalesce(
        list_contains(['true', 'false', '1', '0', 'yes', 'no', 'oui', 'non'], lower(granted)), FALSE
      )
      THEN 'granted'
    WHEN $kind = 'sends' AND NOT coalesce(list_contains($events, lower("event")), FALSE)
      THEN 'event'
    WHEN $kind IN ('products', 'redemptions') AND (item IS NULL OR is_ruined(item) OR is_error(item)) THEN 'item'
  END AS bad
FROM parsed
