-- The entry of a file by the hash of its bytes.
-- Reads: intake.file. Writes: nothing.
SELECT file_id, status, reason_code, commune_code
FROM intake.file
WHERE province_code = :province_code AND kind = :kind AND sha256 = :sha256
