-- The state of a file, locked until the transaction ends.
-- Reads: intake.file. Writes: nothing.
SELECT status FROM intake.file WHERE file_id = :file_id FOR UPDATE
