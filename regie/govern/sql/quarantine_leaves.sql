-- The ledger leaf of every row set aside: what was sealed, and what is checked; spelled as the
-- leaves of events are. Needs no salt: `raw` is encrypted under a nonce of its own, which nobody
-- can guess, and goes with the row. Narrowed by what is given: an import, some rows named
-- import_id/row; NULL or [] is no bound.
SELECT import_id, file, "row",
       unhex(sha256(concat(
           chr(0),
           strlen(import_id), ':', import_id,
           strlen(source), ':', source,
           strlen(file), ':', file,
           "row", ':',
           strlen(reason), ':', reason,
           octet_length(raw), ':', hex(raw)
       ))) AS leaf
FROM quarantine
WHERE ($import_id IS NULL OR import_id = $import_id)
  AND (len($places) = 0
       OR list_contains(CAST($places AS VARCHAR[]), concat(import_id, '/', "row")))
ORDER BY import_id, file, "row", leaf
