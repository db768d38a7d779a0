-- What every session understands beside DuckDB's own functions: one place for what stages must say
-- alike of a line of the accounts; see docs/decisions/0012.
-- The day's begin in a zone, of an instant.
CREATE MACRO day_us(at_us, zone) AS
  epoch_us(timezone(zone, date_trunc('day', timezone(zone, timezone('UTC', make_timestamp(at_us))))));
-- The mark in the place of an order's number; one for each order, as `chance` is kept nowhere.
CREATE MACRO anonymous_order(number, chance) AS
  concat('anonymous-', left(sha256(concat(chance, chr(31), number)), 32));
-- Whether it is such a mark, and no order's number; NULL where there is neither.
CREATE MACRO is_anonymous(number) AS regexp_full_match(number, 'anonymous-[0-9a-f]{32}');
