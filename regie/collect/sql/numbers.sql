-- An identifier as Excel writes one that is to stay text (="100", '00123), or with marks that nobody
-- sees: a byte order mark, a blank without width; a mailbox as a link or a mail program writes it
-- (mailto:a@b.fr, "Ada" <a@b.fr>). Within CASE, as below: the engine would try every pattern on every
-- row otherwise.
CREATE OR REPLACE TEMP MACRO is_dressed(text) AS
  CASE
    WHEN contains(text, '@') AND (contains(text, ':') OR ends_with(text, '>')) THEN TRUE
    WHEN strlen(text) <> length(text) THEN regexp_matches(text, '[\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]|^[\x{00A0}\x{2000}-\x{200A}\x{202F}\x{3000}]|[\x{00A0}\x{2000}-\x{200A}\x{202F}\x{3000}]$')
    ELSE starts_with(text, '=') OR starts_with(text, '''')
  END;
CREATE OR REPLACE TEMP MACRO undressed(text) AS
  CASE WHEN is_dressed(text) THEN nullif(
    regexp_replace(
      regexp_replace(
        regexp_replace(
          regexp_replace(
            text, '[\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]', '', 'g'
          ),
          '^[\s\x{00A0}\x{2000}-\x{200A}\x{202F}\x{3000}]+|[\s\x{00A0}\x{2000}-\x{200A}\x{202F}\x{3000}]+$', '', 'g'
        ),
        '^(?:="\s*(.*?)\s*"|=\s*([0-9]+)|''\s*([^'']*?)\s*''|''([^'']*[0-9][^'']*))$', '\1\2\3\4'
      ),
      '^(?i)(?:[^<>@]*<\s*)?(?:mailto:\s*)?([^\s<>?:,;@]+@[^\s<>?:,;@]+)(?:\?[^<>]*)?\s*>?$', '\1'
    ), '')
  ELSE text END;
-- An identifier that a spreadsheet took for a number and rounded: 1.23E+17. What it was is lost.
CREATE OR REPLACE TEMP MACRO is_ruined(text) AS
  CASE WHEN contains(text, '+')
    THEN regexp_full_match(text, '[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,3}') ELSE FALSE END;
-- Micros of text with a point. Up to 100,000 they are multiplied in 18 digits, which takes a tenth
-- of the time; the same to the micro. What does not fit is NULL there and is multiplied in 38.
CREATE OR REPLACE TEMP MACRO point_micros(text) AS
  coalesce(
    CAST(TRY_CAST(text AS DECIMAL(11, 6)) * CAST(1000000 AS DECIMAL(7, 0)) AS BIGINT),
    TRY_CAST(TRY_CAST(text AS DECIMAL(18, 6)) * CAST(1000000 AS DECIMAL(20, 0)) AS BIGINT)
  );
CREATE OR REPLACE TEMP MACRO parse_micros(text, decimal_mark) AS
  -- Only whole groups of three may be thousands: "2.55" under a decimal comma is an error, not 255;
  -- and none begins with 0: "0.125" has decimals under any mark. Groups are tried for what is no
  -- plain number alone.
  coalesce(
    point_micros(
      CASE
        WHEN decimal_mark = ',' AND regexp_full_match(text, '[-+]?[0-9]+(,[0-9]+)?([eE][-+]?[0-9]+)?')
          THEN replace(text, ',', '.')
        WHEN decimal_mark = '.' THEN text
      END
    ),
    CASE
      WHEN decimal_mark = ',' AND regexp_full_match(text, '[-+]?[1-9][0-9]{0,2}((\.[0-9]{3})+|([ \x{00A0}\x{2009}\x{202F}][0-9]{3})+|([''\x{2019}][0-9]{3})+)(,[0-9]+)?')
        THEN point_micros(replace(regexp_replace(text, '[. \x{00A0}\x{2009}\x{202F}''\x{2019}]', '', 'g'), ',', '.'))
      WHEN decimal_mark = '.' AND regexp_full_match(text, '[-+]?[1-9][0-9]{0,2}((,[0-9]{3})+|([ \x{00A0}\x{2009}\x{202F}][0-9]{3})+|([''\x{2019}][0-9]{3})+)(\.[0-9]+)?')
        THEN point_micros(regexp_replace(text, '[, \x{00A0}\x{2009}\x{202F}''\x{2019}]', '', 'g'))
    END
  );
-- Amounts may have a sign of their currency beside them, which `signs` matches, or on either side
-- (£12.50 GBP). Each further reading is tried for what the ones before cannot read alone. Within CASE:
-- the engine would take the sign off every amount otherwise.
CREATE OR REPLACE TEMP MACRO parse_amount(text, decimal_mark, signs) AS
  coalesce(
    parse_micros(text, decimal_mark),
    CASE WHEN text IS NOT NULL THEN parse_micros(regexp_replace(text, signs, '\1'), decimal_mark) END,
    CASE WHEN text IS NOT NULL
      THEN parse_micros(regexp_replace(regexp_replace(text, signs, '\1'), signs, '\1'), decimal_mark)
    END
  );
-- What a spreadsheet writes where a formula failed.
CREATE OR REPLACE TEMP MACRO is_error(text) AS
  CASE WHEN starts_with(text, '#') THEN regexp_full_match(
    upper(text), '#(REF|N/A|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC|N/D|NOM|VALEUR|NOMBRE|NUL|NV|BEZUG|WERT|ZAHL)[ \x{00A0}\x{202F}]?[!?]?'
  ) ELSE FALSE END
