-- Merged lists of a commune with rejected rows that were not handed back yet.
-- Reads: intake.file. Writes: nothing.
SELECT file_id FROM intake.file
WHERE
    province_code = :province_code
    AND kind = 'roster'
    AND commune_code = :commune_code
    AND status = 'loaded'
    AND rows_rejected > 0
    AND returned_at IS NULL
ORDER BY file_id
