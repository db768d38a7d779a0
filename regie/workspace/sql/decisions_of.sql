SELECT * EXCLUDE (salt) FROM decisions WHERE subject = $key ORDER BY run, id
