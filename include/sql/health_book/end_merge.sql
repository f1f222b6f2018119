-- Two ids were two people after all; who came along with the dropped one stands for it again, as before.
-- Reads: nothing. Writes: health_book.person_merge.
WITH ended AS (
    UPDATE health_book.person_merge SET ended_by = :by, ended_at = :now
    WHERE merge_id = :merge_id
    RETURNING kept_person_id, dropped_person_id, merged_at
),

along AS (
    UPDATE health_book.person_merge AS c SET ended_by = :by, ended_at = :now
    FROM ended AS m
    INNER JOIN health_book.person_merge AS b ON m.dropped_person_id = b.kept_person_id AND m.merged_at = b.ended_at
    WHERE
        c.kept_person_id = m.kept_person_id
        AND c.dropped_person_id = b.dropped_person_id
        AND c.merged_at = m.merged_at
        AND c.ended_at IS NULL
    RETURNING b.merge_id
)

INSERT INTO health_book.person_merge (province_code, kept_person_id, dropped_person_id, merged_by, merged_at)
SELECT b.province_code, b.kept_person_id, b.dropped_person_id, b.merged_by, b.merged_at
FROM health_book.person_merge AS b
WHERE b.merge_id IN (SELECT a.merge_id FROM along AS a)
