-- Whose row was rejected is on the list all the same: nobody leaves the roster because of a clerk's mistake. Known by
-- number, else by the name with the birth date or, where the date is the mistake, the household.
-- Reads: roster.person. Writes: roster_free.
WITH said AS (
    SELECT rejected.*
    FROM unnest(
        CAST(:numbers AS text[]), CAST(:name_keys AS text[]), CAST(:births AS date[]), CAST(:households AS text[])
    ) AS rejected (citizen_id, name_key, birth_date, household_no)
),

listed AS MATERIALIZED (
    SELECT p.person_id, p.citizen_id, p.name_key, p.birth_date, p.household_no
    FROM roster_free AS f
    INNER JOIN roster.person AS p ON f.person_id = p.person_id
    WHERE
        p.commune_code = :commune_code
        AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = f.person_id)
)

DELETE FROM roster_free AS f
USING (
    SELECT l.person_id FROM listed AS l
    INNER JOIN said AS n ON l.citizen_id = n.citizen_id
    UNION
    SELECT l.person_id FROM listed AS l
    INNER JOIN said AS n ON l.name_key = n.name_key
    WHERE l.birth_date = n.birth_date OR l.household_no = n.household_no
) AS spared
WHERE f.person_id = spared.person_id
RETURNING f.person_id
