SELECT row, reason, raw FROM quarantine
WHERE import_id = $of AND ($reason = '' OR reason = $reason)
ORDER BY row
LIMIT $most
