-- New sets, in the order of their keys, so that two transactions never wait for each other in a circle.
-- Reads: nothing. Writes: roster.group_set.
INSERT INTO roster.group_set (key)
SELECT wanted.key
FROM unnest(CAST(:keys AS text[])) AS wanted (key)
ORDER BY wanted.key
ON CONFLICT (key) DO NOTHING
