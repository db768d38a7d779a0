-- What a run may see: what had happened and was recorded before the instant, and is not too old.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT * FROM events
WHERE at_us < $as_of_us AND recorded_us < $as_of_us AND at_us >= $oldest_us
