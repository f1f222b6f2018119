-- What was decided about a case's exam so far, whatever its version.
-- Reads: health_book.review, exam.encounter, health_book.decision. Writes: nothing.
SELECT d.decision_id, d.answer, d.decided_by, d.decided_at, d.encounter_version
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
INNER JOIN health_book.decision AS d
    ON
        e.province_code = d.province_code
        AND e.facility_code = d.facility_code
        AND e.ma_lk = d.ma_lk
        AND e.source_class = d.source_class
WHERE r.review_id = :review_id
ORDER BY d.decision_id
