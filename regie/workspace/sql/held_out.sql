-- How many people of a run each campaign left without a message so that its effect can be told.
SELECT campaign, count(DISTINCT id) AS people
FROM (
    SELECT id, unnest(json_extract_string(candidates, '$[*].id')) AS campaign
    FROM decisions
    WHERE run = $run AND kind = 'message'
      AND CAST(json_extract(constraints, '$.holdout') AS BOOLEAN)
)
GROUP BY campaign
ORDER BY campaign
