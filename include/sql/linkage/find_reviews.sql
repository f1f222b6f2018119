-- The cases that are not certain, with up to five people who could be meant, the likeliest first, and why not certain.
-- Reads: temporary tables linkage_case, linkage_match, linkage_link. Writes: temporary table linkage_review.
CREATE TEMPORARY TABLE linkage_review ON COMMIT DROP AS
SELECT
    c.encounter_id,
    coalesce(s.person_ids[1:5], '{}') AS candidate_person_ids,
    CASE
        WHEN c.citizen_id IS NULL AND c.guardian_citizen_id IS NOT NULL THEN 'guardian_number'
        WHEN c.citizen_id IS NULL THEN 'no_number'
        WHEN c.citizen_id = c.guardian_citizen_id THEN 'guardian_number'
        WHEN s.exact > 1 THEN 'several_candidates'
        WHEN s.number AND s.named_and_near THEN 'birth_date_imprecise'
        WHEN s.number AND s.born THEN 'name_differs'
        WHEN s.number AND s.named THEN 'birth_date_differs'
        WHEN s.number THEN 'name_and_birth_date_differ'
        WHEN s.encounter_id IS NOT NULL THEN 'number_unknown'
        ELSE 'not_on_roster'
    END AS reason_code
FROM linkage_case AS c
LEFT JOIN (
    SELECT
        encounter_id,
        array_agg(person_id ORDER BY rank, person_id) AS person_ids,
        count(*) FILTER (WHERE number AND precise AND same_birth AND same_name) AS exact,
        bool_or(number) AS number,
        bool_or(number AND same_birth) AS born,
        bool_or(number AND same_name) AS named,
        bool_or(number AND same_name AND NOT precise) AS named_and_near
    FROM linkage_match
    GROUP BY encounter_id
) AS s ON c.encounter_id = s.encounter_id
WHERE NOT EXISTS (SELECT FROM linkage_link AS l WHERE l.encounter_id = c.encounter_id)
