-- The exams of a book, each in the version in force where there is one, the earliest first.
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
INNER JOIN exam.encounter AS x ON coalesce(c.encounter_id, e.encounter_id) = x.encounter_id
LEFT JOIN ref.facility AS f ON x.province_code = f.province_code AND x.facility_code = f.code
WHERE n.book_id = :book_id
ORDER BY x.exam_date, x.encounter_id
