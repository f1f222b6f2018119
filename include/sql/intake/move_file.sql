-- A file that reached the wrong commune first and was never merged there belongs to the one it is in now.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file
SET commune_code = :commune_code, path = :path, status = 'received', reason_code = NULL, received_at = :received_at
WHERE file_id = :file_id AND status IN ('received', 'held', 'refused', 'superseded')
