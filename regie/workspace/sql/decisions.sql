SELECT * FROM decisions
WHERE ($run IS NULL OR run = $run)
  AND ($subject IS NULL OR subject = $subject)
  AND ($policy IS NULL OR starts_with(policy, $policy))
  AND ($kind IS NULL OR kind = $kind)
  AND list_contains($published, run)
ORDER BY run DESC, kind, propensity DESC, id
LIMIT $limit
