-- One case and what the exam record says about the person examined.
-- Reads: health_book.review, exam.encounter, ref.province, ref.facility, ref.commune. Writes: nothing.
SELECT
    r.review_id,
    r.state,
    r.reason_code,
    r.created_at AS since,
    v.slug,
    v.name AS province,
    r.province_code,
    e.encounter_id,
    e.version,
    e.is_current,
    e.source,
    e.facility_code,
    f.name AS facility,
    e.exam_date,
    e.received_at,
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
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
INNER JOIN ref.province AS v ON r.province_code = v.code
LEFT JOIN ref.facility AS f ON e.province_code = f.province_code AND e.facility_code = f.code
LEFT JOIN ref.commune AS c
    ON e.commune_code = c.code AND e.province_code = c.province_code AND c.valid_to IS NULL
WHERE r.review_id = :review_id
