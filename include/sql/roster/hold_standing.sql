-- Where a file stands, of which commune it is, and what an officer decided about it.
-- Reads: intake.file, intake.hold. Writes: nothing.
SELECT f.status, f.commune_code, h.decision
FROM intake.file AS f
LEFT JOIN intake.hold AS h ON f.file_id = h.file_id
WHERE f.file_id = :file_id
