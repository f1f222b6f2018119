-- Forgets why a file waited, when it starts anew elsewhere.
-- Reads: nothing. Writes: intake.hold.
DELETE FROM intake.hold WHERE file_id = :file_id
