-- Marks a file as refused as a whole; no row of it counts as accepted or rejected.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file
SET status = 'refused', reason_code = :reason_code, rows_read = :rows_read, rows_accepted = 0, rows_rejected = 0
WHERE file_id = :file_id
