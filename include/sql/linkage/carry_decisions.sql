-- A person's decision about an exam, or that it waits for one after its link was taken back, goes over to the exam's newer version when nothing about the identity changed.
-- Reads: exam.encounter, health_book.review. Writes: health_book.review.
UPDATE health_book.review AS r
SET encounter_id = d.current_id
FROM (
    SELECT DISTINCT ON (c.encounter_id) x.review_id, c.encounter_id AS current_id
    FROM exam.encounter AS c
    INNER JOIN exam.encounter AS o
        ON
            c.province_code = o.province_code
            AND c.facility_code = o.facility_code
            AND c.ma_lk = o.ma_lk
            AND c.source_class = o.source_class
            AND NOT o.is_current
    INNER JOIN health_book.review AS x ON o.encounter_id = x.encounter_id
    LEFT JOIN health_book.review AS y ON c.encounter_id = y.encounter_id
    WHERE
        c.file_id = ANY(CAST(:files AS bigint[]))
        AND c.province_code = :province_code
        AND c.is_current
        AND (x.state IN ('linked', 'not_the_same', 'new_person') OR (x.state = 'open' AND x.reason_code = 'unlinked'))
        AND (o.name_key, o.birth_date, o.birth_precision) = (c.name_key, c.birth_date, c.birth_precision)
        AND o.citizen_id IS NOT DISTINCT FROM c.citizen_id
        AND o.guardian_citizen_id IS NOT DISTINCT FROM c.guardian_citizen_id
        AND y.review_id IS NULL
    ORDER BY c.encounter_id, x.decided_at DESC NULLS LAST, x.review_id DESC
) AS d
WHERE r.review_id = d.review_id
