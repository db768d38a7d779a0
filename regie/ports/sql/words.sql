-- What every session understands beside DuckDB's own functions: one place for what stages must say
-- alike of a line of the accounts; see docs/decisions/0012.
-- The day's begin in a zone, of an instant.
CREATE MACRO day_us(at_us, zone) AS
  epoch_us(timezone(zone, date_trunc('day', timezone(zone, timezone('UTC', make_timestamp(at_us))))));
-- The mark in the place of an order's number; one for each order, as `chance` is kept nowhere.
CREATE MACRO anonymous_order(number, chance) AS
  concat('anonymous-', left(sha256(concat(chance, chr(31), number)), 32));
-- A text without what a regular expression finds between its borders; see `workspace.redacting`.
CREATE MACRO without(words, found) AS regexp_replace(words, found, '\1…\2', 'g');
-- A text without addresses, as `terms.person.without_addresses`: who they are of is not to be known.
CREATE MACRO without_addresses(words) AS
  CASE
    WHEN contains(words, '@') THEN regexp_replace(
      words, '[^\s@<>()",;:]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+', '…', 'g'
    )
    ELSE words
  END;
-- A text of an item without its buyer's identifier; one shorter than `LEAST_LETTERS` of
-- `workspace/redacting.py` may be the item's own code.
CREATE MACRO without_buyer(words, person) AS
  CASE
    WHEN length(person) >= 8 AND contains(lower(words), lower(person))
      THEN replace(replace(words, person, '…'), upper(person), '…')
    ELSE words
  END;
-- What a line says of its item: no addresses, and not its buyer.
CREATE MACRO item_words(words, person) AS without_buyer(without_addresses(trim(words)), person);
-- Whether it is such a mark, and no order's number; NULL where there is neither.
CREATE MACRO is_anonymous(number) AS regexp_full_match(number, 'anonymous-[0-9a-f]{32}');
