-- What is told of a run's messages before they leave: a row each. Read from the parts that are
-- kept as JSON without making records of them: a run may hold a hundred thousand.
SELECT id, subject, campaign,
       CAST(json_extract(inputs, '$.probability') AS DOUBLE) AS probability,
       CAST(json_extract(taken, '$.score') AS DOUBLE) AS score,
       CAST(json_extract(taken, '$.cost_micros') AS BIGINT) AS cost_micros
FROM (
    SELECT id, subject, campaign, inputs,
           json_extract(candidates, '$[*]')[
               list_position(json_extract_string(candidates, '$[*].id'), chosen)
           ] AS taken
    FROM decisions
    WHERE run = $run AND kind = 'message' AND campaign IS NOT NULL
)
ORDER BY score DESC, id
