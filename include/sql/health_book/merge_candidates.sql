-- Open cases show the kept person instead of the dropped one.
-- Reads: nothing. Writes: health_book.review.
UPDATE health_book.review
SET
    candidate_person_ids = CASE
        WHEN :kept = ANY(candidate_person_ids) THEN array_remove(candidate_person_ids, CAST(:dropped AS bigint))
        ELSE array_replace(candidate_person_ids, CAST(:dropped AS bigint), CAST(:kept AS bigint))
    END
WHERE province_code = :province_code AND state = 'open' AND :dropped = ANY(candidate_person_ids)
