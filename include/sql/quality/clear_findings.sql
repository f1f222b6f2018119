-- Writes: quality.finding.
DELETE FROM quality.finding
WHERE validation_id = :validation_id
