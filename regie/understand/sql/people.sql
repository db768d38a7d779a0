-- Everybody whose gate is open, in the one order of the house.
SELECT key FROM people ORDER BY key
