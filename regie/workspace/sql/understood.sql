SELECT
  row,
  bad,
  CAST(at_us AS VARCHAR) AS at_us,
  CAST(quantity_micros AS VARCHAR) AS quantity_micros,
  CAST(price_micros AS VARCHAR) AS price_micros,
  CAST(value_micros AS VARCHAR) AS value_micros,
  "order", discount, status, item, description, person, country, currency, address, first_name, last_name, language,
  purpose, granted, basis, evidence, "event", campaign, "at"
FROM typed
ORDER BY row
LIMIT $most
