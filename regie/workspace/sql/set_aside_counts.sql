SELECT reason, CAST(count(*) AS BIGINT) AS rows FROM quarantine
WHERE import_id = $of
GROUP BY reason
ORDER BY rows DESC, reason
