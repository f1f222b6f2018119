-- The exam files of a sender that a run refused.
-- Reads: intake.file. Writes: nothing.
SELECT file_id, sha256, reason_code
FROM intake.file
WHERE
    province_code = :province_code
    AND kind = 'exam'
    AND source = :source
    AND sender = :sender
    AND run_id = :run_id
    AND status = 'refused'
ORDER BY file_id
