-- Whether anybody has a number no more.
-- Reads: roster.former_identifier. Writes: nothing.
SELECT count(*) > 0
FROM (SELECT 1 FROM roster.former_identifier ORDER BY person_id LIMIT 1) AS somebody
