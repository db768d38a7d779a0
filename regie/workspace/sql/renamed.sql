-- Rows set aside under their file's new name: without whom it named.
SELECT * REPLACE (
  list_element(CAST($files AS VARCHAR[]), list_position(CAST($ids AS VARCHAR[]), import_id)) AS file
)
FROM gone
ORDER BY import_id, "row"
