SELECT row, reason, raw FROM quarantine
WHERE import_id = $of AND row > $after AND ($reason = '' OR reason = $reason)
ORDER BY row
LIMIT $most
