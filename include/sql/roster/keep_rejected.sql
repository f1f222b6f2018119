-- Whose row was rejected is on the list all the same: nobody leaves the roster, and no claim ends, because of a clerk's
-- mistake. Known by one of the numbers, else by the name with the birth date or, where the date is the mistake, the household.
-- Reads: roster.person, roster.claim. Writes: roster_free.
WITH said AS (
    SELECT rejected.*
    FROM unnest(
        CAST(:numbers AS text[]),
        CAST(:insurance_keys AS text[]),
        CAST(:name_keys AS text[]),
        CAST(:births AS date[]),
        CAST(:households AS text[])
    ) AS rejected (citizen_id, insurance_key, name_key, birth_date, household_no)
),

listed AS MATERIALIZED (
    SELECT l.person_id, l.citizen_id, l.insurance_key, l.name_key, l.birth_date, l.household_no
    FROM roster_free AS f
    INNER JOIN (
        SELECT p.person_id, p.commune_code, p.citizen_id, p.insurance_key, p.name_key, p.birth_date, p.household_no
        FROM roster_free AS g
        INNER JOIN roster.person AS p ON g.person_id = p.person_id
        UNION ALL
        SELECT c.person_id, c.commune_code, c.citizen_id, c.insurance_key, c.name_key, c.birth_date, c.household_no
        FROM roster_free AS g
        INNER JOIN roster.claim AS c ON g.person_id = c.person_id
    ) AS l ON f.person_id = l.person_id
    WHERE
        l.commune_code = :commune_code
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = f.person_id)
)

DELETE FROM roster_free AS f
USING (
    SELECT l.person_id FROM listed AS l
    INNER JOIN said AS n ON l.citizen_id = n.citizen_id
    UNION
    SELECT l.person_id FROM listed AS l
    INNER JOIN said AS n ON l.insurance_key = n.insurance_key
    UNION
    SELECT l.person_id FROM listed AS l
    INNER JOIN said AS n ON l.name_key = n.name_key
    WHERE l.birth_date = n.birth_date OR l.household_no = n.household_no
) AS spared
WHERE f.person_id = spared.person_id
RETURNING f.person_id
