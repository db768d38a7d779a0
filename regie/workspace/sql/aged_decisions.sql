SELECT * FROM decisions WHERE kind = 'message' AND at_us < $before_us ORDER BY id
