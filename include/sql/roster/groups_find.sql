-- The sets of these keys that exist.
-- Reads: roster.group_set. Writes: nothing.
SELECT key, group_set_id
FROM roster.group_set
WHERE key = any(CAST(:keys AS text[]))
