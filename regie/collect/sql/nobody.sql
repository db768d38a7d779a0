-- What stands for no customer, and on how many rows; those of most rows first.
SELECT lower(person) AS word, min(person) AS person, CAST(count(*) AS BIGINT) AS lines
FROM typed_rows
WHERE length(person) < 20 AND list_contains(CAST($words AS VARCHAR[]), lower(person)) AND aside IS NULL
GROUP BY lower(person)
ORDER BY lines DESC, word
