-- The cases that are not certain, with all that may tell who was examined. insurance_key and citizen_id as on the roster; an
-- insurance number of 12 digits is a personal number. `small`: under six, by the birth date that it says. `unlinked`: a person
-- has taken its link back. `waits`: the model alone does not link it, because a person has said something about the exam, or
-- because somebody who came into question, or whose number it says, has left the roster and may be meant.
-- Reads: exam.encounter, health_book.entry, health_book.review, roster.person, roster.former_identifier, temporary table
-- linkage_link.
-- Writes: temporary table linkage_rest.
CREATE TEMPORARY TABLE linkage_rest ON COMMIT DROP AS
SELECT
    e.encounter_id,
    e.name_key,
    e.name_fold,
    e.birth_date,
    e.birth_precision,
    e.sex,
    e.citizen_id,
    coalesce(e.citizen_id, CASE WHEN length(e.insurance_no) = 12 THEN e.insurance_no END) AS number,
    e.insurance_no,
    CASE WHEN length(e.insurance_no) = 15 THEN substr(e.insurance_no, 6) ELSE e.insurance_no END AS insurance_key,
    e.phone,
    e.address,
    e.commune_code,
    e.guardian_citizen_id,
    e.birth_date > e.exam_date - make_interval(years => 6) AS small,
    coalesce(d.state = 'open' AND d.reason_code = 'unlinked', FALSE) AS unlinked,
    coalesce(
        d.state IN ('not_the_same', 'new_person')
        OR (
            d.state = 'open'
            AND (
                d.reason_code = 'unlinked'
                OR EXISTS (
                    SELECT FROM unnest(d.candidate_person_ids) AS x (person_id)
                    LEFT JOIN roster.person AS p ON x.person_id = p.person_id
                    WHERE p.person_id IS NULL
                )
            )
        ),
        FALSE
    )
    OR (
        EXISTS (
            SELECT FROM roster.former_identifier AS f
            LEFT JOIN roster.person AS p ON f.person_id = p.person_id
            WHERE f.kind = 'citizen_id' AND f.value = e.citizen_id AND p.person_id IS NULL
        )
        AND NOT EXISTS (SELECT FROM roster.person AS p WHERE p.citizen_id = e.citizen_id)
    ) AS waits
FROM exam.encounter AS e
LEFT JOIN health_book.review AS d ON e.encounter_id = d.encounter_id
WHERE
    (e.file_id = ANY(CAST(:files AS bigint[])) OR e.encounter_id = ANY(CAST(:again AS bigint[])))
    AND e.province_code = :province_code
    AND e.is_current
    AND NOT EXISTS (SELECT FROM linkage_link AS l WHERE l.encounter_id = e.encounter_id)
    AND NOT EXISTS (
        SELECT FROM health_book.entry AS n
        WHERE n.encounter_id = e.encounter_id AND n.encounter_id <> ALL(CAST(:again AS bigint[]))
    )
    AND NOT EXISTS (
        SELECT FROM health_book.review AS r
        WHERE
            r.encounter_id = e.encounter_id
            AND r.state NOT IN ('open', 'superseded')
            AND (r.state = 'linked' OR r.encounter_id <> ALL(CAST(:again AS bigint[])))
    )
