-- When a file came. Reads: intake.file. Writes: nothing.
SELECT received_at FROM intake.file WHERE file_id = :file_id
