-- Everybody whose gate is open with their number, in the one order of the house.
CREATE OR REPLACE TEMP TABLE counted_people AS
SELECT key, CAST(row_number() OVER (ORDER BY key) - 1 AS INTEGER) AS person FROM people
