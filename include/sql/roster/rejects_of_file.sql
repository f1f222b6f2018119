-- The rejected rows of a list, as they came.
-- Reads: intake.reject. Writes: nothing.
SELECT sheet, row_number, column_name, reason_code, message, raw
FROM intake.reject
WHERE file_id = :file_id AND row_number > 0
ORDER BY reject_id
