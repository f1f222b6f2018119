-- Exam files of a sender that were refused, have rejects or columns with an unknown heading, and were not handed back yet.
-- Reads: intake.file, intake.warning. Writes: nothing.
SELECT
    file_id,
    path
FROM intake.file AS f
WHERE
    province_code = :province_code
    AND kind = 'exam'
    AND source = :source
    AND sender = :sender
    AND (status = 'refused' OR (status = 'loaded' AND rows_rejected > 0)
        OR EXISTS (SELECT FROM intake.warning AS w WHERE f.file_id = w.file_id))
    AND returned_at IS NULL
ORDER BY file_id
