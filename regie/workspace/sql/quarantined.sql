SELECT import_id, file, row, raw FROM quarantine ORDER BY import_id, row
