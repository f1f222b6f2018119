-- Uncertain cases seen for the first time.
-- Reads: temporary table linkage_review. Writes: health_book.review.
INSERT INTO health_book.review (
    encounter_id, province_code, candidate_person_ids, candidate_weights, model_version, reason_code, created_at
)
SELECT w.encounter_id, :province_code, w.candidate_person_ids, w.candidate_weights, :model_version, w.reason_code, :now
FROM linkage_review AS w
WHERE NOT EXISTS (SELECT FROM health_book.review AS r WHERE r.encounter_id = w.encounter_id)
ORDER BY w.encounter_id
