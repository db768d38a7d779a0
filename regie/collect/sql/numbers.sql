-- An identifier that a spreadsheet took for a number and rounded: 1.23E+17. What it was is lost.
CREATE OR REPLACE TEMP MACRO is_ruined(text) AS
  coalesce(contains(text, '+') AND regexp_full_match(text, '[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,3}'), FALSE);
CREATE OR REPLACE TEMP MACRO parse_micros(text, decimal_mark) AS
  -- Multiplied in 38 digits: in 18 a price of ten million would overflow.
  -- Only whole groups of three may be thousands: "2.55" under a decimal comma is an error, not 255.
  TRY_CAST(
    CAST(1000000 AS DECIMAL(20, 0)) * TRY_CAST(
      CASE
        WHEN decimal_mark = ',' AND regexp_full_match(text, '-?[0-9]+(,[0-9]+)?')
          THEN replace(text, ',', '.')
        WHEN decimal_mark = ',' AND regexp_full_match(text, '-?[0-9]{1,3}([. \x{00A0}\x{202F}][0-9]{3})+(,[0-9]+)?')
          THEN replace(regexp_replace(text, '[. \x{00A0}\x{202F}]', '', 'g'), ',', '.')
        WHEN decimal_mark = '.' THEN text
      END AS DECIMAL(18, 6)
    ) AS BIGINT
  );
-- Amounts may have a sign of their currency beside them, which `signs` matches. The second reading
-- is tried for what the first cannot read alone.
CREATE OR REPLACE TEMP MACRO parse_amount(text, decimal_mark, signs) AS
  coalesce(
    parse_micros(text, decimal_mark),
    parse_micros(regexp_replace(text, signs, '\1'), decimal_mark)
  )
