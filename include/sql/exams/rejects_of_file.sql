-- What of a file was not accepted and why, with the MA_LK of the record.
-- Reads: intake.reject. Writes: nothing.
SELECT
    coalesce(r.sheet, '') AS sheet,
    r.row_number,
    left(coalesce((SELECT min(v.value) FROM jsonb_each_text(r.raw) AS v WHERE v.key LIKE '%.MA\_LK'), ''), 255) AS ma_lk,
    r.column_name,
    r.message
FROM intake.reject AS r
WHERE r.file_id = :file_id
ORDER BY r.row_number, r.reject_id
LIMIT :most
