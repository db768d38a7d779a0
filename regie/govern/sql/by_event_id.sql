-- The order in which events are sealed: it makes the root; a check needs none.
ORDER BY event_id
