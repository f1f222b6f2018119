-- A decision forbids a certain link too, and an exam whose link was taken back waits for a person.
-- Reads: exam.encounter, health_book.never, health_book.review. Writes: temporary table linkage_link.
DELETE FROM linkage_link AS l
USING exam.encounter AS e
WHERE
    l.encounter_id = e.encounter_id
    AND (
        EXISTS (
            SELECT FROM health_book.never AS v
            WHERE
                e.province_code = v.province_code
                AND e.facility_code = v.facility_code
                AND e.ma_lk = v.ma_lk
                AND e.source_class = v.source_class
                AND l.person_id = v.person_id
        )
        OR EXISTS (
            SELECT FROM health_book.review AS r
            WHERE r.encounter_id = l.encounter_id AND r.state = 'open' AND r.reason_code = 'unlinked'
        )
    )
