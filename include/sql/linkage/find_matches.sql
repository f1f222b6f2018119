-- Every person of the roster who could be meant by a case, and how: by a number the person has or had, by name and
-- birth date, or as a child of the guardian named. rank orders the candidates, the likeliest first.
-- Reads: temporary table linkage_case, roster.person, roster.person_identifier.
-- Writes: temporary table linkage_match.
CREATE TEMPORARY TABLE linkage_match ON COMMIT DROP AS
WITH by_number AS (
    SELECT
        c.encounter_id,
        p.person_id,
        c.birth_precision = 'day' AND p.birth_precision = 'day' AS precise,
        c.birth_date = p.birth_date AS same_birth,
        c.name_key = p.name_key AS same_name
    FROM linkage_case AS c
    INNER JOIN roster.person_identifier AS i ON c.citizen_id = i.value AND i.kind = 'citizen_id'
    INNER JOIN roster.person AS p ON i.person_id = p.person_id
    WHERE p.province_code = :province_code
),

by_birth AS (
    SELECT c.encounter_id, p.person_id
    FROM linkage_case AS c
    INNER JOIN roster.person AS p ON c.birth_date = p.birth_date AND c.name_fold = p.name_fold
    WHERE p.province_code = :province_code
),

by_guardian AS (
    SELECT c.encounter_id, p.person_id
    FROM linkage_case AS c
    INNER JOIN roster.person AS p ON c.guardian_citizen_id = p.guardian_citizen_id
    WHERE p.province_code = :province_code AND (c.birth_date = p.birth_date OR c.name_fold = p.name_fold)
)

SELECT
    m.encounter_id,
    m.person_id,
    min(m.rank) AS rank,
    coalesce(bool_or(m.number), FALSE) AS number,
    coalesce(bool_or(m.precise), FALSE) AS precise,
    coalesce(bool_or(m.same_birth), FALSE) AS same_birth,
    coalesce(bool_or(m.same_name), FALSE) AS same_name
FROM (
    SELECT
        encounter_id,
        person_id,
        1 - CAST(same_birth AS integer) + 1 - CAST(same_name AS integer) AS rank,
        TRUE AS number,
        precise,
        same_birth,
        same_name
    FROM by_number
    UNION ALL
    SELECT encounter_id, person_id, 3, FALSE, NULL, NULL, NULL FROM by_birth
    UNION ALL
    SELECT encounter_id, person_id, 4, FALSE, NULL, NULL, NULL FROM by_guardian
) AS m
GROUP BY m.encounter_id, m.person_id
