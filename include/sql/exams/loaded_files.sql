-- Hashes of the exam files that are loaded.
-- Reads: intake.file. Writes: nothing.
SELECT sha256
FROM intake.file
WHERE province_code = :province_code AND kind = 'exam' AND status = 'loaded'
