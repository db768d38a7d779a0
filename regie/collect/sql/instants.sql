-- Times in any of the mapping's formats; which order day and month stand in was settled before, so
-- that no list holds both.
CREATE OR REPLACE TEMP MACRO parse_instant(text, zone, iso, epoch, formats) AS
  coalesce(
    CASE WHEN epoch
      THEN epoch_us(timezone(zone, make_timestamp(TRY_CAST(1000000 * TRY_CAST(text AS DOUBLE) AS BIGINT))))
    END,
    CASE
      -- Databases write a whole hour short (+00): after a time it is one, after 2011-12 a day.
      WHEN iso AND regexp_matches(text, '[0-9] ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})$|:[0-9.]+ ?[+-][0-9]{2}$')
        THEN epoch_us(TRY_CAST(
          regexp_replace(
            regexp_replace(
              regexp_replace(text, ' ?(Z|UTC)$', '+00:00'), '(:[0-9.]+) ?([+-][0-9]{2})$', '\1\2:00'
            ),
            ' ?([+-][0-9]{2}):?([0-9]{2})$', '\1:\2'
          )
          AS TIMESTAMPTZ
        ))
      WHEN iso THEN epoch_us(timezone(zone, TRY_CAST(text AS TIMESTAMP)))
    END,
    epoch_us(timezone(zone, try_strptime(text, formats)))
  )
