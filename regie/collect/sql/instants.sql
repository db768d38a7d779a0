CREATE OR REPLACE TEMP MACRO parse_instant(text, zone, formats) AS
  CASE
    WHEN formats[1] = 'epoch_s'
      THEN epoch_us(timezone(zone, make_timestamp(TRY_CAST(1000000 * TRY_CAST(text AS DOUBLE) AS BIGINT))))
    WHEN formats[1] = 'iso' AND regexp_matches(text, '(Z|[+-][0-9]{2}:?[0-9]{2})$')
      THEN epoch_us(TRY_CAST(text AS TIMESTAMPTZ))
    WHEN formats[1] = 'iso' THEN epoch_us(timezone(zone, TRY_CAST(text AS TIMESTAMP)))
    ELSE epoch_us(timezone(zone, coalesce(
      try_strptime(text, formats[1]), try_strptime(text, formats[2]), try_strptime(text, formats[3])
    )))
  END
