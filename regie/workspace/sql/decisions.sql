SELECT * FROM decisions
WHERE ($run IS NULL OR run = $run)
  AND ($subject IS NULL OR subject = $subject)
  AND ($policy IS NULL OR starts_with(policy, $policy))
  AND ($kind IS NULL OR kind = $kind)
  AND list_contains($published, run)
  -- What comes after a place in the order below.
  AND (NOT $is_after OR run < $after_run OR (run = $after_run AND (kind > $after_kind
    OR (kind = $after_kind AND (propensity < $after_propensity
      OR (propensity = $after_propensity AND id > $after_id))))))
ORDER BY run DESC, kind, propensity DESC, id
LIMIT $limit
