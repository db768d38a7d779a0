-- Events of others, or of nobody, in whose words somebody is named; `$codes` and `$words` find them.
SELECT event_id
FROM events
WHERE (key IS NULL OR key <> $key)
  AND (
    regexp_matches(item, $codes)
    OR regexp_matches("order", $codes)
    OR regexp_matches(attributes, $words)
    OR regexp_matches(referrer, $words)
    OR regexp_matches(utm, $words)
    OR regexp_matches(country, $words)
    OR regexp_matches(session, $words)
    OR regexp_matches(click_id, $words)
    OR regexp_matches(device, $words)
  )
ORDER BY event_id
