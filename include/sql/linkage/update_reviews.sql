-- Open cases about which roster or model say something else now, closed ones that are uncertain again, and those of somebody
-- who was on no list and may be now: what was decided about others stands in health_book.decision.
-- Reads: temporary table linkage_review. Writes: health_book.review.
UPDATE health_book.review AS r
SET
    candidate_person_ids = w.candidate_person_ids,
    candidate_weights = w.candidate_weights,
    model_version = :model_version,
    reason_code = w.reason_code,
    state = 'open',
    decided_by = NULL,
    decided_at = NULL
FROM linkage_review AS w
WHERE
    r.encounter_id = w.encounter_id
    AND (r.state IN ('open', 'superseded') OR (r.state IN ('not_the_same', 'new_person') AND w.candidate_person_ids <> '{}'))
    AND (r.candidate_person_ids, r.reason_code, r.state) IS DISTINCT FROM (w.candidate_person_ids, w.reason_code, 'open')
