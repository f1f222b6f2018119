-- Whoever a person said an exam is not about is not compared with it, under none of his ids.
-- Reads: exam.encounter, health_book.never, health_book.same_person. Writes: temporary table linkage_pair.
DELETE FROM linkage_pair AS m
USING exam.encounter AS e, health_book.never AS v
WHERE
    m.encounter_id = e.encounter_id
    AND e.province_code = v.province_code
    AND e.facility_code = v.facility_code
    AND e.ma_lk = v.ma_lk
    AND e.source_class = v.source_class
    AND (
        m.person_id = v.person_id
        OR EXISTS (
            SELECT FROM health_book.same_person AS s
            WHERE s.person_id = m.person_id AND s.kept_person_id = v.person_id
        )
    )
