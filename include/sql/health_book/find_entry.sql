-- The entry of an exam, whichever of its versions is asked for, held until the transaction ends.
-- Reads: exam.encounter, health_book.entry, health_book.book. Writes: nothing.
SELECT
    n.entry_id,
    n.book_id,
    n.method,
    n.match_probability,
    n.model_version,
    b.person_id,
    e.encounter_id,
    e.province_code,
    e.facility_code,
    e.ma_lk,
    e.source_class,
    e.version
FROM exam.encounter AS a
INNER JOIN exam.encounter AS e
    ON
        a.province_code = e.province_code
        AND a.facility_code = e.facility_code
        AND a.ma_lk = e.ma_lk
        AND a.source_class = e.source_class
INNER JOIN health_book.entry AS n ON e.encounter_id = n.encounter_id
INNER JOIN health_book.book AS b ON n.book_id = b.book_id
WHERE a.encounter_id = :encounter_id
FOR UPDATE OF n
