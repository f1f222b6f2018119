-- What of a form was not accepted and why. Reads: intake.reject. Writes: nothing.
SELECT
    row_number,
    column_name,
    reason_code,
    message,
    raw ->> 'form' AS code,
    raw ->> 'value' AS value
FROM intake.reject
WHERE file_id = :file_id
ORDER BY reject_id
