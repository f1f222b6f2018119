-- Whose row was rejected is on the list all the same: nobody leaves the roster because of a clerk's mistake. Known by
-- number, else by the name.
-- Reads: roster.person. Writes: roster_free.
DELETE FROM roster_free AS f
USING roster.person AS p
WHERE
    f.person_id = p.person_id
    AND p.commune_code = :commune_code
    AND (p.citizen_id = ANY(CAST(:numbers AS text[])) OR p.name_key = any(CAST(:name_keys AS text[])))
    AND NOT EXISTS (SELECT 1 FROM roster_stage AS s WHERE s.person_id = f.person_id)
RETURNING f.person_id
