-- What was not accepted of a file was handed back.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file SET returned_at = :now WHERE file_id = :file_id
