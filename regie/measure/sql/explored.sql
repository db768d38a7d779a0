-- Every measure of Explore by every breakdown: what is asked for is taken out of here, so that the
-- SQL beside a figure and the figure mean the same. Who objects to being measured (`unmeasured`)
-- counts in the accounts and never as a person.
WITH firsts AS (
  SELECT key, min(at_us) AS first_us FROM events
  WHERE kind = 'order' AND key IS NOT NULL AND at_us >= $oldest_us
  GROUP BY key
),
unmeasured_keys AS (SELECT DISTINCT key FROM unmeasured)
SELECT
  CAST(CAST(timezone($zone, timezone('UTC', make_timestamp(e.at_us))) AS DATE) AS VARCHAR) AS by_day,
  CAST(CAST(date_trunc('week', timezone($zone, timezone('UTC', make_timestamp(e.at_us)))) AS DATE) AS VARCHAR) AS by_week,
  CAST(CAST(date_trunc('month', timezone($zone, timezone('UTC', make_timestamp(e.at_us)))) AS DATE) AS VARCHAR) AS by_month,
  coalesce(e.country, '') AS by_country,
  coalesce(e.item, '') AS by_item,
  coalesce(e.source, '') AS by_source,
  CASE WHEN e.key IS NULL OR u.key IS NOT NULL THEN '' WHEN f.first_us >= $from_us THEN 'new' ELSE 'returning' END AS by_kind_of_customer,
  CAST(coalesce(sum(e."value") FILTER (WHERE e.kind = 'order'), 0) AS BIGINT) AS of_revenue,
  CAST(count(DISTINCT e."order") FILTER (WHERE e.kind = 'order') AS BIGINT) AS of_orders,
  CAST(coalesce(sum(e."value") FILTER (WHERE e.kind = 'order')
    // nullif(count(DISTINCT e."order") FILTER (WHERE e.kind = 'order'), 0), 0) AS BIGINT) AS of_basket,
  CAST(coalesce(sum(e.quantity) FILTER (WHERE e.kind = 'order'), 0) AS BIGINT) AS of_items,
  CAST(count(DISTINCT e.key) FILTER (WHERE e.kind = 'order' AND u.key IS NULL) AS BIGINT) AS of_buyers,
  CAST(count(DISTINCT e.key) FILTER (WHERE e.kind = 'order' AND u.key IS NULL AND f.first_us >= $from_us) AS BIGINT) AS of_new_customers,
  CAST(count(DISTINCT e.key) FILTER (WHERE e.kind = 'order' AND u.key IS NULL)
    - count(DISTINCT e.key) FILTER (WHERE e.kind = 'order' AND u.key IS NULL AND f.first_us >= $from_us) AS BIGINT) AS of_returning,
  CAST(coalesce(sum(e."value") FILTER (WHERE e.kind = 'return'), 0) AS BIGINT) AS of_returns,
  CAST(coalesce(sum(e."value") FILTER (WHERE e.kind IN ('fee', 'adjustment')), 0) AS BIGINT) AS of_fees
FROM events AS e
LEFT JOIN firsts AS f ON f.key = e.key
LEFT JOIN unmeasured_keys AS u ON u.key = e.key
WHERE e.at_us >= $from_us AND e.at_us < $to_us AND e.kind IN ('order', 'return', 'fee', 'adjustment')
GROUP BY 1
ORDER BY 1
