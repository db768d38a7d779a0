-- Decisions on others with `…` where they name somebody; those on the person (`$key`) are gone.
SELECT * REPLACE (
  without(without(basis, $words), $words) AS basis,
  without(without(reasons, $codes), $codes) AS reasons,
  without(without(inputs, $codes), $codes) AS inputs
)
FROM gone
WHERE subject <> $key
ORDER BY id
