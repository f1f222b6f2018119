-- What a case is after a decision.
-- Reads: nothing. Writes: health_book.review.
UPDATE health_book.review
SET
    state = :state,
    candidate_person_ids = CAST(:candidates AS bigint[]),
    candidate_weights = health_book.weights_of(CAST(:candidates AS bigint[]), candidate_person_ids, candidate_weights),
    decided_by = :decided_by,
    decided_at = :decided_at
WHERE review_id = :review_id
