-- Times in any of the mapping's formats; which order day and month stand in was settled before, so
-- that no list holds both.
CREATE OR REPLACE TEMP MACRO parse_counted(text, zone, counted) AS
  CASE
    WHEN counted.epoch_s
      THEN epoch_us(timezone(zone, make_timestamp(TRY_CAST(1000000 * TRY_CAST(text AS DOUBLE) AS BIGINT))))
    ELSE coalesce(
      CASE WHEN counted.unix_s THEN
        CASE WHEN TRY_CAST(text AS DOUBLE) BETWEEN 1e8 AND 1e10
          THEN CAST(1000000 * TRY_CAST(text AS DECIMAL(30, 6)) AS BIGINT) END
      END,
      CASE WHEN counted.unix_ms THEN
        CASE WHEN TRY_CAST(text AS DOUBLE) BETWEEN 1e11 AND 1e13
          THEN CAST(1000 * TRY_CAST(text AS DECIMAL(30, 3)) AS BIGINT) END
      END,
      -- From 1899-12-30 on; a fraction of a day is true to the thousandth of a second.
      CASE WHEN counted.excel_days THEN
        CASE WHEN TRY_CAST(text AS DOUBLE) BETWEEN 1 AND 1e6
          THEN epoch_us(timezone(zone, make_timestamp(
            1000 * (CAST(round(86400000 * CAST(text AS DOUBLE)) AS BIGINT) - 2209161600000)
          )))
        END
      END
    )
  END;
-- The name of a month, in whatever language, as English writes it for short: 1er févr. 2025, 1 feb 2025.
CREATE OR REPLACE TEMP MACRO english_month(text, months) AS
  regexp_replace(
    regexp_replace(text, '^1er ', '1 '),
    '\p{L}{3,}\.?',
    coalesce(list_extract(months.meant, list_position(
      months.words, rtrim(lower(regexp_extract(text, '\p{L}{3,}\.?')), '.')
    )), '?')
  );
CREATE OR REPLACE TEMP MACRO parse_instant(text, zone, iso, counted, formats, worded, months) AS
  coalesce(
    CASE WHEN counted.some THEN parse_counted(text, zone, counted) END,
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
    epoch_us(timezone(zone, try_strptime(text, formats))),
    CASE WHEN worded IS NOT NULL
      THEN epoch_us(timezone(zone, try_strptime(english_month(text, months), worded)))
    END
  )
