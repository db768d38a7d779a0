SELECT * FROM decisions WHERE starts_with(id, $id) ORDER BY id LIMIT 3
