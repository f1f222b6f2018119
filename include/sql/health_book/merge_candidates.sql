-- Open cases show the kept person instead of the dropped one.
-- Reads: nothing. Writes: health_book.review.
UPDATE health_book.review AS r
SET
    candidate_person_ids = w.person_ids,
    -- One who takes the place of another has the other's weight.
    candidate_weights = health_book.weights_of(
        w.person_ids, array_replace(r.candidate_person_ids, w.replaced, CAST(:kept AS bigint)), r.candidate_weights
    )
FROM (
    SELECT
        x.review_id,
        CASE
            WHEN :kept = ANY(x.candidate_person_ids) THEN array_remove(x.candidate_person_ids, CAST(:dropped AS bigint))
            ELSE array_replace(x.candidate_person_ids, CAST(:dropped AS bigint), CAST(:kept AS bigint))
        END AS person_ids,
        CASE WHEN NOT :kept = ANY(x.candidate_person_ids) THEN CAST(:dropped AS bigint) END AS replaced
    FROM health_book.review AS x
    WHERE x.province_code = :province_code AND x.state = 'open' AND :dropped = ANY(x.candidate_person_ids)
) AS w
WHERE r.review_id = w.review_id
