-- How many lists of communes wait for an officer.
-- Reads: intake.file, intake.hold. Writes: nothing.
SELECT count(DISTINCT coalesce(h.delivery, h.file_id)) AS lists
FROM intake.hold AS h
INNER JOIN intake.file AS f ON h.file_id = f.file_id
WHERE f.status = 'held' AND h.decision IS NULL
