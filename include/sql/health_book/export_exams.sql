-- The exams of a book, each in the version in force, the earliest first. Where that says somebody else was examined, and linkage
-- has not looked at it yet, it is the version that was put into the book.
-- Reads: health_book.entry, exam.encounter, ref.facility. Writes: nothing.
SELECT
    x.encounter_id,
    x.ma_lk,
    x.version,
    x.source,
    x.code_set_version,
    x.exam_date,
    x.concluded_at,
    x.result_class,
    x.main_icd,
    x.facility_code,
    f.name AS facility
FROM health_book.entry AS n
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
LEFT JOIN exam.encounter AS c
    ON
        e.province_code = c.province_code
        AND e.facility_code = c.facility_code
        AND e.ma_lk = c.ma_lk
        AND e.source_class = c.source_class
        AND c.is_current
        AND (e.name_key, e.birth_date, e.birth_precision) = (c.name_key, c.birth_date, c.birth_precision)
        AND e.citizen_id IS NOT DISTINCT FROM c.citizen_id
        AND e.guardian_citizen_id IS NOT DISTINCT FROM c.guardian_citizen_id
INNER JOIN exam.encounter AS x ON coalesce(c.encounter_id, e.encounter_id) = x.encounter_id
LEFT JOIN ref.facility AS f ON x.province_code = f.province_code AND x.facility_code = f.code
WHERE n.book_id = :book_id
ORDER BY x.exam_date, x.encounter_id
