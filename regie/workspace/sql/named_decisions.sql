-- Decisions on others in which somebody is named: in an answer's evidence, or in what an item is called.
CREATE OR REPLACE TEMP TABLE gone AS
SELECT *
FROM decisions
WHERE subject <> $key
  AND (
    regexp_matches(basis, $words)
    OR regexp_matches(reasons, $codes)
    OR regexp_matches(inputs, $codes)
  )
