-- What a file newly states; an answer that an earlier import brought is not said twice.
SELECT
  key,
  CASE WHEN $kind = 'consents' THEN purpose ELSE 'prospecting' END AS purpose,
  $kind = 'consents' AND lower(granted) IN ('true', '1', 'yes', 'oui') AS granted,
  coalesce(basis, 'consent') AS basis,
  at_us,
  without_addresses(coalesce(evidence, split_part(kind_text, chr(31), 1))) AS evidence
FROM placed
-- A refusal holds however old the row is that tells of it.
WHERE key IS NOT NULL AND place IN ('consent', 'unsubscribe', 'complaint', 'expired')
  AND split_part(kind_text, chr(31), 1) IN ('consent', 'unsubscribe', 'complaint')
  AND event_id NOT IN (SELECT event_id FROM events WHERE source = $source)
ORDER BY key, at_us, purpose, row
