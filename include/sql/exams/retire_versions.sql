-- A current version gives way to what the sender made on the same day or later (finding 0 holds the day of making).
-- Reads: temporary table exam_in, exam.finding. Writes: exam.encounter.
WITH newest AS (
    SELECT DISTINCT ON (facility_code, ma_lk) facility_code, ma_lk, content_hash, made_on
    FROM exam_in
    ORDER BY facility_code, ma_lk, made_on DESC, ordinal DESC
)

UPDATE exam.encounter AS e
SET is_current = FALSE
FROM newest AS n
WHERE
    e.province_code = :province_code
    AND e.facility_code = n.facility_code
    AND e.ma_lk = n.ma_lk
    AND e.is_current
    AND e.content_hash <> n.content_hash
    AND n.made_on >= (SELECT f.value FROM exam.finding AS f WHERE f.encounter_id = e.encounter_id AND f.ordinal = 0)
