-- An exam whose entry was taken out waits again, without the person it was taken from.
-- Reads: nothing. Writes: health_book.review.
INSERT INTO health_book.review AS r (encounter_id, province_code, reason_code, state, created_at)
VALUES (:encounter_id, :province_code, 'unlinked', 'open', :now)
ON CONFLICT (encounter_id) DO UPDATE SET
    state = 'open',
    reason_code = 'unlinked',
    candidate_person_ids = array_remove(r.candidate_person_ids, CAST(:person_id AS bigint)),
    candidate_weights = health_book.weights_of(
        array_remove(r.candidate_person_ids, CAST(:person_id AS bigint)), r.candidate_person_ids, r.candidate_weights
    ),
    decided_by = NULL,
    decided_at = NULL
RETURNING review_id
