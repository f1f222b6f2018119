-- Forgets the rejects of a file, left by an earlier try.
-- Reads: nothing. Writes: intake.reject.
DELETE FROM intake.reject WHERE file_id = :file_id
