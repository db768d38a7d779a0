-- Runs that wrote to anybody: a message of theirs, and one of a campaign where there is one.
SELECT run, min(id) FILTER (campaign = $campaign) AS own, min(id) AS one
FROM decisions
WHERE kind = 'message' AND campaign IS NOT NULL AND list_contains($published, run)
GROUP BY run
ORDER BY run
