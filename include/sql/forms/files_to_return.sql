-- Forms of a unit that were refused or have faults and were not handed back yet.
-- Reads: intake.file. Writes: nothing.
SELECT
    file_id,
    path
FROM intake.file
WHERE
    province_code = :province
    AND kind = 'form'
    AND sender = :sender
    AND (status = 'refused' OR (status = 'loaded' AND rows_rejected > 0))
    AND returned_at IS NULL
ORDER BY file_id
