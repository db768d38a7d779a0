-- Who has which number in the accounts, and the day of their first order.
SELECT
  key,
  CAST(date_diff('day', DATE '1970-01-01',
    CAST(timezone($zone, timezone('UTC', make_timestamp(first_us))) AS DATE)) AS INTEGER) AS first_day
FROM cube_people
ORDER BY person
