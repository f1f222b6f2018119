-- Whose the stored versions of the exams at hand are.
-- Reads: temporary table exam_in, exam.encounter. Writes: nothing.
SELECT
    e.encounter_id,
    e.facility_code,
    e.ma_lk,
    e.source_class,
    e.content_hash,
    e.source,
    e.name_fold,
    e.birth_date,
    e.birth_precision,
    e.citizen_id,
    e.guardian_citizen_id
FROM exam.encounter AS e
WHERE
    e.province_code = :province_code
    AND (e.facility_code, e.ma_lk, e.source_class) IN (SELECT i.facility_code, i.ma_lk, i.source_class FROM exam_in AS i)
