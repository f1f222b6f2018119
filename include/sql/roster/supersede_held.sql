-- Lists that wait for an officer give way to a later complete list that passed.
-- Reads: nothing. Writes: intake.file.
UPDATE intake.file
SET status = 'superseded'
WHERE
    province_code = :province_code
    AND kind = 'roster'
    AND commune_code = :commune_code
    AND status = 'held'
    AND file_id <> ALL(CAST(:merged AS bigint[]))
