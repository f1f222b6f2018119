-- Whether and since when one person stands for the other.
-- Reads: health_book.person_merge. Writes: nothing.
SELECT merge_id, kept_person_id, dropped_person_id
FROM health_book.person_merge
WHERE ended_at IS NULL AND dropped_person_id = :dropped
FOR UPDATE
