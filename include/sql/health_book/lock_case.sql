-- A case as it stands, held until the decision is written.
-- Reads: health_book.review, exam.encounter. Writes: nothing.
SELECT
    r.review_id,
    r.state,
    r.reason_code,
    r.candidate_person_ids,
    e.encounter_id,
    e.province_code,
    e.facility_code,
    e.ma_lk,
    e.source_class,
    e.version,
    e.is_current
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
WHERE r.review_id = :review_id
FOR UPDATE OF r
