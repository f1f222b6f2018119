-- Two ids are one human being from now on; who was merged into the dropped one goes over to the kept one.
-- Reads: nothing. Writes: health_book.person_merge.
WITH passed_on AS (
    UPDATE health_book.person_merge
    SET kept_person_id = :kept
    WHERE kept_person_id = :dropped AND ended_at IS NULL
)

INSERT INTO health_book.person_merge (province_code, kept_person_id, dropped_person_id, merged_by, merged_at)
VALUES (:province_code, :kept, :dropped, :by, :now)
RETURNING merge_id
