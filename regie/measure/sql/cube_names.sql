-- What the numbers of the accounts' countries, items and sources stand for.
SELECT dimension, name FROM cube_named WHERE dimension <> 'order' ORDER BY code
