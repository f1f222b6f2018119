-- Two ids are one human being from now on; who was merged into the dropped one goes over to the kept one, by a row of its own
-- from the same moment, so that it can be taken back with this one.
-- Reads: nothing. Writes: health_book.person_merge.
WITH passed_on AS (
    UPDATE health_book.person_merge
    SET ended_by = :by, ended_at = :now
    WHERE kept_person_id = :dropped AND ended_at IS NULL
    RETURNING dropped_person_id, merged_by
),

along AS (
    INSERT INTO health_book.person_merge (province_code, kept_person_id, dropped_person_id, merged_by, merged_at)
    SELECT :province_code, :kept, p.dropped_person_id, p.merged_by, CAST(:now AS timestamptz) FROM passed_on AS p
)

INSERT INTO health_book.person_merge (province_code, kept_person_id, dropped_person_id, merged_by, merged_at)
VALUES (:province_code, :kept, :dropped, :by, :now)
RETURNING merge_id
