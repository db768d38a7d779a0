-- What a run may see of some items alone: what they were called and cost is settled item by item.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT item, kind, at_us, quantity, "value", "key", attributes FROM events
WHERE at_us < $as_of_us AND recorded_us < $as_of_us AND at_us >= $oldest_us
  AND item IN (SELECT unnest(CAST($items AS VARCHAR[])))
