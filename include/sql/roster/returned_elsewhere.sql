-- Whether any of these files is a list of another commune.
-- Reads: intake.file. Writes: nothing.
SELECT count(*) > 0
FROM intake.file
WHERE
    file_id = ANY(CAST(:files AS bigint[]))
    AND (province_code <> :province_code OR commune_code IS DISTINCT FROM :commune_code)
