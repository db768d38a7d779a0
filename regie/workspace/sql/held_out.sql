-- How many people of a run each campaign could have written to and did not, so that its effect can
-- be told: all that it asks for is met, and the control group alone stands between. Whether its
-- budget would have reached them is not asked: nobody of the group is ever set against it.
SELECT campaign, count(*) AS people
FROM (
    SELECT inputs, unnest(json_keys(inputs, '$.campaigns')) AS campaign
    FROM decisions
    WHERE run = $run AND kind = 'message'
      AND CAST(json_extract(constraints, '$.holdout') AS BOOLEAN)
      AND CAST(json_extract(inputs, '$.consent') AS BOOLEAN)
      AND CAST(json_extract(inputs, '$.address') AS BOOLEAN)
      AND CAST(json_extract(inputs, '$.contacts') AS BIGINT) < $cap_messages
)
WHERE CAST(json_extract(inputs, '$.campaigns."' || campaign || '".dates') AS BOOLEAN)
  AND CAST(json_extract(inputs, '$.campaigns."' || campaign || '".audience') AS BOOLEAN)
  AND CAST(json_extract(inputs, '$.campaigns."' || campaign || '".selection') AS BOOLEAN)
GROUP BY campaign
ORDER BY campaign
