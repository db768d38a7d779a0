SELECT * FROM decisions
WHERE run = $run AND list_contains($ids, id) AND ($policy IS NULL OR starts_with(policy, $policy))
ORDER BY id
