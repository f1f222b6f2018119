-- The exams in health books that are checked. Reads: health_book.entry, health_book.book, exam.encounter, roster.person.
SELECT
    e.*,
    CAST(e.entry_id AS text) AS row_key,
    x.is_current AS encounter_is_current,
    p.sex = x.sex OR 3 IN (p.sex, x.sex) AS sex_agrees,
    x.exam_date >= p.birth_date AS exam_after_birth
FROM health_book.entry AS e
INNER JOIN health_book.book AS b ON e.book_id = b.book_id
INNER JOIN exam.encounter AS x ON e.encounter_id = x.encounter_id
LEFT JOIN roster.person AS p ON b.person_id = p.person_id
WHERE b.province_code = :province_code
