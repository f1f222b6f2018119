-- An entry that a person made, or whose person has left the roster, moves to the exam's newer version when nothing about the
-- identity changed.
-- Reads: exam.encounter, health_book.book, roster.person. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET encounter_id = c.encounter_id
FROM exam.encounter AS o
INNER JOIN exam.encounter AS c
    ON
        o.province_code = c.province_code
        AND o.facility_code = c.facility_code
        AND o.ma_lk = c.ma_lk
        AND o.source_class = c.source_class
        AND c.is_current
WHERE
    c.file_id = ANY(CAST(:files AS bigint[]))
    AND c.province_code = :province_code
    AND n.encounter_id = o.encounter_id
    AND (
        n.method NOT IN (:by_rule, :by_model)
        OR NOT EXISTS (
            SELECT FROM health_book.book AS b
            INNER JOIN roster.person AS p ON b.person_id = p.person_id
            WHERE b.book_id = n.book_id
        )
    )
    AND NOT o.is_current
    AND (o.name_key, o.birth_date, o.birth_precision) = (c.name_key, c.birth_date, c.birth_precision)
    AND o.citizen_id IS NOT DISTINCT FROM c.citizen_id
    AND o.guardian_citizen_id IS NOT DISTINCT FROM c.guardian_citizen_id
    AND NOT EXISTS (SELECT FROM health_book.entry AS x WHERE x.encounter_id = c.encounter_id)
