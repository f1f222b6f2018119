-- The rejected rows of the year's files: where they stood, not what they said.
-- Reads intake.reject, intake.file. Writes nothing.
SELECT
    r.file_id,
    f.kind,
    f.commune_code,
    r.row_number,
    r.column_name,
    r.reason_code,
    r.corrected_in
FROM intake.reject AS r
INNER JOIN intake.file AS f ON r.file_id = f.file_id
WHERE
    f.province_code = :province
    AND f.received_at >= :year_starts
    AND f.received_at <= :as_of
    AND (r.corrected_in IS NOT NULL OR NOT :corrected)
    AND (CAST(:key_kind AS text) IS NULL OR f.kind = :key_kind)
    AND (CAST(:key_reason AS text) IS NULL OR r.reason_code = :key_reason)
ORDER BY r.file_id, r.row_number
