-- Who is shown with a case: its candidates and whoever a person excluded from its exam, with the state each is in.
-- Reads: health_book.review, health_book.review_candidate, health_book.never, exam.encounter, roster.person.
-- Writes: nothing.
WITH everyone AS (
    SELECT c.person_id, c.place, c.probability, c.model_version, FALSE AS excluded
    FROM health_book.review_candidate AS c
    WHERE c.review_id = :review_id
    UNION ALL
    SELECT v.person_id, NULL, NULL, NULL, TRUE
    FROM health_book.review AS r
    INNER JOIN exam.encounter AS e ON r.encounter_id = e.encounter_id
    INNER JOIN health_book.never AS v
        ON
            e.province_code = v.province_code
            AND e.facility_code = v.facility_code
            AND e.ma_lk = v.ma_lk
            AND e.source_class = v.source_class
    WHERE r.review_id = :review_id AND v.person_id <> ALL(r.candidate_person_ids)
)

SELECT x.person_id, x.place, x.probability, x.model_version, x.excluded, p.refresh_id
FROM everyone AS x
LEFT JOIN roster.person AS p ON x.person_id = p.person_id
ORDER BY x.place NULLS LAST, x.person_id
