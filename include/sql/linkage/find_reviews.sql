-- The cases that are not linked, with up to five people who could be meant, the likeliest first, and why not certain.
-- Behind them who came into question before and has left the roster. Without anybody on it the case is of no list's people.
-- Reads: temporary tables linkage_rest, linkage_score, linkage_link, health_book.review, roster.person.
-- Writes: temporary table linkage_review.
CREATE TEMPORARY TABLE linkage_review ON COMMIT DROP AS
SELECT
    c.encounter_id,
    coalesce(s.person_ids || g.person_ids, s.person_ids, '{}') AS candidate_person_ids,
    coalesce(s.weights || g.weights, s.weights, '{}') AS candidate_weights,
    coalesce(
        s.reason_code,
        CASE
            WHEN c.unlinked THEN 'unlinked'
            WHEN c.citizen_id IS NULL AND c.guardian_citizen_id IS NOT NULL THEN 'guardian_number'
            WHEN c.citizen_id IS NULL THEN 'no_number'
            WHEN c.citizen_id = c.guardian_citizen_id THEN 'guardian_number'
            ELSE 'not_on_roster'
        END
    ) AS reason_code
FROM linkage_rest AS c
LEFT JOIN (
    SELECT
        encounter_id,
        array_agg(person_id ORDER BY place) AS person_ids,
        array_agg(weight ORDER BY place) AS weights,
        min(reason_code) AS reason_code
    FROM linkage_score
    WHERE place <= 5
    GROUP BY encounter_id
) AS s ON c.encounter_id = s.encounter_id
LEFT JOIN (
    SELECT
        r.encounter_id,
        array_agg(x.person_id ORDER BY x.place) AS person_ids,
        array_agg(r.candidate_weights[x.place] ORDER BY x.place) AS weights
    FROM linkage_rest AS o
    INNER JOIN health_book.review AS r ON o.encounter_id = r.encounter_id
    CROSS JOIN LATERAL unnest(r.candidate_person_ids) WITH ORDINALITY AS x (person_id, place)
    LEFT JOIN roster.person AS p ON x.person_id = p.person_id
    WHERE r.state = 'open' AND p.person_id IS NULL
    GROUP BY r.encounter_id
) AS g ON c.encounter_id = g.encounter_id
WHERE NOT EXISTS (SELECT FROM linkage_link AS l WHERE l.encounter_id = c.encounter_id)
