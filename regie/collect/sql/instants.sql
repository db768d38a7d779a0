-- Times in any of the mapping's formats; which order day and month stand in was settled before, so
-- that no list holds both.
CREATE OR REPLACE TEMP MACRO parse_instant(text, zone, iso, epoch, formats) AS
  coalesce(
    CASE WHEN epoch
      THEN epoch_us(timezone(zone, make_timestamp(TRY_CAST(1000000 * TRY_CAST(text AS DOUBLE) AS BIGINT))))
    END,
    CASE
      -- Databases write a whole hour short (+00): after a time it is one, after 2011-12 a day.
      -- No place is more than 14 hours from Greenwich; and a time without seconds has none.
      WHEN iso AND regexp_matches(text, '[0-9] ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})$|:[0-9.]+ ?[+-][0-9]{2}$')
        THEN epoch_us(TRY_CAST(
          nullif(
            regexp_replace(
              regexp_replace(
                regexp_replace(
                  regexp_replace(text, ' ?(Z|UTC)$', '+00:00'), '(:[0-9.]+) ?([+-][0-9]{2})$', '\1\2:00'
                ),
                ' ?([+-][0-9]{2}):?([0-9]{2})$', '\1:\2'
              ),
              '([T ][0-9]{2}:[0-9]{2})([+-](?:0[0-9]|1[0-4]):[0-5][0-9])$', '\1:00\2'
            ),
            CASE WHEN NOT regexp_matches(text, 'Z$|UTC$|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?$') THEN text END
          )
          AS TIMESTAMPTZ
        ))
      WHEN iso THEN epoch_us(timezone(zone, TRY_CAST(text AS TIMESTAMP)))
    END,
    epoch_us(timezone(zone, try_strptime(text, formats)))
  )
