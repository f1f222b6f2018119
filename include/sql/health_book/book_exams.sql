-- The exams in a person's book with what each says about who was examined, the newest first.
-- Reads: health_book.book, health_book.entry, exam.encounter, ref.facility, ref.commune. Writes: nothing.
SELECT
    e.encounter_id,
    e.source,
    coalesce(f.name, e.facility_code) AS facility,
    e.exam_date,
    n.method,
    n.linked_at,
    e.full_name,
    e.name_key,
    e.name_fold,
    e.birth_date,
    e.birth_precision,
    e.sex,
    e.citizen_id,
    e.guardian_citizen_id,
    e.insurance_no,
    e.phone,
    e.address,
    e.commune_code,
    c.name AS commune
FROM health_book.book AS b
INNER JOIN health_book.entry AS n ON b.book_id = n.book_id
INNER JOIN exam.encounter AS e ON n.encounter_id = e.encounter_id
LEFT JOIN ref.facility AS f ON e.province_code = f.province_code AND e.facility_code = f.code
LEFT JOIN ref.commune AS c ON e.commune_code = c.code AND e.province_code = c.province_code AND c.valid_to IS NULL
WHERE b.person_id = :person_id
ORDER BY e.exam_date DESC, e.encounter_id DESC
