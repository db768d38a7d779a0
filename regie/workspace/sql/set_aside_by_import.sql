SELECT import_id, CAST(count(*) AS BIGINT) AS rows FROM quarantine
GROUP BY import_id
ORDER BY import_id
