-- The exams in no health book, from earlier runs, about which the roster or another model may say something else now: with
-- another model all that nobody has decided about; else those that share number, name, birth date or guardian with somebody
-- who changed, and those of whose candidates somebody changed or left. An exam whose link was taken back is always among
-- them; one of somebody on no list (new person, not the same) when the roster may have gained them.
-- Reads: health_book.review, health_book.entry, exam.encounter, roster.person, roster.former_identifier, temporary table
-- linkage_changed. Writes: nothing.
SELECT r.encounter_id
FROM health_book.review AS r
INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id AND e.is_current
WHERE
    r.province_code = :province_code
    AND r.state <> 'linked'
    AND NOT EXISTS (SELECT FROM health_book.entry AS n WHERE n.encounter_id = r.encounter_id)
    AND (
        (CAST(:another_model AS boolean) AND r.state IN ('open', 'superseded'))
        OR (r.state = 'open' AND r.reason_code = 'unlinked')
        OR e.name_fold IN (SELECT c.name_fold FROM linkage_changed AS c)
        OR e.birth_date IN (SELECT c.birth_date FROM linkage_changed AS c)
        OR e.citizen_id IN (SELECT c.citizen_id FROM linkage_changed AS c)
        OR e.insurance_no IN (SELECT c.citizen_id FROM linkage_changed AS c)
        OR e.guardian_citizen_id IN (SELECT c.citizen_id FROM linkage_changed AS c)
        OR e.citizen_id IN (
            SELECT f.value
            FROM linkage_changed AS c
            INNER JOIN roster.former_identifier AS f ON c.person_id = f.person_id
            WHERE f.kind = 'citizen_id'
        )
        OR (
            r.state IN ('open', 'superseded')
            AND EXISTS (
                SELECT FROM unnest(r.candidate_person_ids) AS x (person_id)
                LEFT JOIN roster.person AS p ON x.person_id = p.person_id
                LEFT JOIN linkage_changed AS c ON x.person_id = c.person_id
                WHERE p.person_id IS NULL OR c.person_id IS NOT NULL
            )
        )
    )
