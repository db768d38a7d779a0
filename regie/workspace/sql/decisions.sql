SELECT * FROM decisions
WHERE ($run IS NULL OR run = $run)
  AND ($subject IS NULL OR subject = $subject)
  AND ($policy IS NULL OR starts_with(policy, $policy))
  AND ($kind IS NULL OR kind = $kind)
  AND ($chosen IS NULL OR chosen = $chosen)
  AND list_contains($published, run)
  -- What comes after a place in the order below.
  AND (NOT $is_after OR at_us < $after_at_us OR (at_us = $after_at_us
    AND (run < $after_run OR (run = $after_run AND id > $after_id))))
ORDER BY at_us DESC, run DESC, id
LIMIT $limit
