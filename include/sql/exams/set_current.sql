-- The newest version that came in becomes current where no current one is left; an earlier one that is sent again then
-- belongs to the file that brought it back.
-- Reads: temporary table exam_in. Writes: exam.encounter.
WITH newest AS (
    SELECT DISTINCT ON (facility_code, ma_lk) facility_code, ma_lk, content_hash
    FROM exam_in
    ORDER BY facility_code, ma_lk, made_on DESC, ordinal DESC
)

UPDATE exam.encounter AS e
SET is_current = TRUE, file_id = :file_id
FROM newest AS n
WHERE
    e.province_code = :province_code
    AND e.facility_code = n.facility_code
    AND e.ma_lk = n.ma_lk
    AND e.content_hash = n.content_hash
    AND NOT EXISTS (
        SELECT FROM exam.encounter AS c
        WHERE
            c.province_code = :province_code
            AND c.facility_code = n.facility_code
            AND c.ma_lk = n.ma_lk
            AND c.is_current
    )
