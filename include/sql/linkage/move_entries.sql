-- The entry of an exam's earlier version moves to the current one, which links to the same person.
-- Reads: temporary table linkage_link, exam.encounter, health_book.book. Writes: health_book.entry.
UPDATE health_book.entry AS n
SET
    encounter_id = l.encounter_id,
    listed_person_id = l.listed_person_id,
    method = l.method,
    match_probability = l.probability,
    model_version = l.model_version,
    linked_at = :now,
    run_id = :run_id
FROM linkage_link AS l
INNER JOIN exam.encounter AS c ON l.encounter_id = c.encounter_id
INNER JOIN exam.encounter AS o
    ON
        c.province_code = o.province_code
        AND c.facility_code = o.facility_code
        AND c.ma_lk = o.ma_lk
        AND c.source_class = o.source_class
        AND NOT o.is_current
INNER JOIN health_book.book AS b ON l.person_id = b.person_id
WHERE
    c.file_id = ANY(CAST(:files AS bigint[]))
    AND n.encounter_id = o.encounter_id
    AND n.book_id = b.book_id
    AND NOT EXISTS (SELECT FROM health_book.entry AS x WHERE x.encounter_id = l.encounter_id)
