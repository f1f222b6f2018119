-- Whom the rows may mean that no personal number told: everyone of the same insurance number who has no personal number, or the
-- same name and birth date, or who had it once; and, of rows without a number, whom the commune lists by that name and birth date.
-- Each comes as person (is on the roster), or as past (the last state of who is not); claim is what this commune said
-- of who lives elsewhere, former a number (its kind as `change`, the number as `citizen_id`) that somebody has no more.
-- Reads: roster_unknown, roster.person, roster.person_past, roster.claim, roster.former_identifier. Writes: nothing.
WITH former AS MATERIALIZED (
    SELECT f.person_id, f.kind, f.value
    FROM roster_unknown AS s
    INNER JOIN roster.former_identifier AS f ON s.insurance_key = f.value AND f.kind = 'insurance_no'
),

asked AS MATERIALIZED (
    SELECT p.person_id
    FROM roster_unknown AS s
    INNER JOIN roster.person AS p ON s.birth_date = p.birth_date AND s.name_fold = p.name_fold
    WHERE
        p.province_code = :province_code
        AND (
            s.insurance_key = p.insurance_key
            OR (s.citizen_id IS NULL AND p.commune_code = :commune_code)
        )
    UNION
    SELECT c.person_id
    FROM roster_unknown AS s
    INNER JOIN roster.claim AS c ON s.birth_date = c.birth_date AND s.name_fold = c.name_fold
    WHERE c.commune_code = :commune_code AND s.citizen_id IS NULL
    UNION
    SELECT p.person_id
    FROM roster_unknown AS s
    INNER JOIN roster.person AS p ON s.insurance_key = p.insurance_key
    WHERE p.citizen_id IS NULL AND p.province_code = :province_code
    UNION
    SELECT person_id FROM former
),

people AS MATERIALIZED (
    SELECT
        a.person_id AS asked_id,
        p.person_id,
        p.province_code,
        p.commune_code,
        p.citizen_id, p.insurance_no, p.insurance_key, p.full_name, p.name_key, p.name_fold, p.birth_date,
        p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village, p.household_no, p.relation,
        p.guardian_citizen_id, p.residence, p.group_set_id
    FROM asked AS a
    LEFT JOIN roster.person AS p ON a.person_id = p.person_id
)

SELECT
    'person' AS what,
    person_id,
    commune_code,
    NULL AS change,
    citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold, birth_date, birth_precision, sex,
    ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, group_set_id
FROM people
WHERE province_code = :province_code
UNION ALL
SELECT
    'past' AS what,
    h.person_id,
    h.commune_code,
    h.end_reason,
    h.citizen_id, h.insurance_no, h.insurance_key, h.full_name, h.name_key, h.name_fold, h.birth_date,
    h.birth_precision, h.sex, h.ethnic_code, h.phone, h.village, h.household_no, h.relation, h.guardian_citizen_id,
    h.residence, h.group_set_id
FROM people AS a
CROSS JOIN LATERAL (
    SELECT past.* FROM roster.person_past AS past
    WHERE past.person_id = a.asked_id AND a.person_id IS NULL
    ORDER BY past.person_id DESC, past.past_id DESC
    LIMIT 1
) AS h
WHERE h.province_code = :province_code
UNION ALL
SELECT
    'claim' AS what,
    c.person_id,
    c.commune_code,
    NULL,
    c.citizen_id, c.insurance_no, c.insurance_key, c.full_name, c.name_key, c.name_fold, c.birth_date,
    c.birth_precision, c.sex, c.ethnic_code, c.phone, c.village, c.household_no, c.relation, c.guardian_citizen_id,
    c.residence, c.group_set_id
FROM asked AS a
INNER JOIN roster.claim AS c ON a.person_id = c.person_id
WHERE c.commune_code = :commune_code
UNION ALL
SELECT
    'former' AS what,
    person_id,
    NULL,
    kind,
    value,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM former
