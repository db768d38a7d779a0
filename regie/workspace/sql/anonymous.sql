-- Order lines of an erased person, for the accounts: no key, session, invoice or country, day only.
SELECT
  md5(concat_ws(chr(31), $import_id, CAST(row_number() OVER (ORDER BY at_us, event_id) AS VARCHAR)))
    AS event_id,
  at_us - at_us % 86400000000 AS at_us,
  recorded_us - recorded_us % 86400000000 AS recorded_us,
  $import_id AS import_id,
  CAST(NULL AS VARCHAR) AS key,
  CAST(NULL AS VARCHAR) AS session,
  kind,
  CAST(NULL AS VARCHAR) AS "order",
  item,
  quantity,
  "value",
  currency,
  CAST(NULL AS VARCHAR) AS utm,
  CAST(NULL AS VARCHAR) AS click_id,
  CAST(NULL AS VARCHAR) AS referrer,
  CAST(NULL AS VARCHAR) AS decision,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS device,
  source,
  attributes
FROM gone
WHERE kind IN ('order', 'return', 'fee', 'adjustment')
