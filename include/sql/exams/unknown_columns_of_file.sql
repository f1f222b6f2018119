-- A list's columns with an unknown heading: by their letter, never by the heading.
-- Reads: intake.warning. Writes: nothing.
SELECT
    'sheet' AS form,
    coalesce(sheet, '') AS part,
    replace(column_name, 'COT_', 'Cột ') AS code,
    reason_code AS problem,
    NULL AS records
FROM intake.warning
WHERE file_id = :file_id
ORDER BY sheet, length(column_name), column_name
