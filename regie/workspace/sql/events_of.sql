SELECT * FROM events WHERE key = $key ORDER BY at_us, event_id
