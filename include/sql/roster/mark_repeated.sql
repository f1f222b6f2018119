-- Rows without a number of somebody who stands on the list already: in a row with a number or above in the same delivery, or
-- in a row that was accepted before and is still there, of a resident or of somebody who lives elsewhere. Name, birth date to
-- the day, sex, village and household agree.
-- Reads: roster_free, roster.person, roster.claim. Writes: roster_stage.
UPDATE roster_stage AS s
SET action = 'repeated'
WHERE
    s.person_id IS NULL
    AND s.citizen_id IS NULL
    AND s.leaves IS NULL
    AND s.birth_precision = 'day'
    AND (
        EXISTS (
            SELECT 1 FROM roster_stage AS above
            WHERE
                (above.citizen_id IS NOT NULL OR above.row_id < s.row_id)
                AND above.leaves IS NULL
                AND above.birth_precision = 'day'
                AND above.name_key = s.name_key
                AND above.birth_date = s.birth_date
                AND above.sex = s.sex
                AND above.village = s.village
                AND above.household_no = s.household_no
        )
        OR EXISTS (
            SELECT 1 FROM roster.person AS p
            WHERE
                p.birth_date = s.birth_date
                AND p.name_fold = s.name_fold
                AND p.commune_code = :commune_code
                AND p.birth_precision = 'day'
                AND p.name_key = s.name_key
                AND p.sex = s.sex
                AND p.village = s.village
                AND p.household_no = s.household_no
                AND NOT EXISTS (SELECT 1 FROM roster_free AS f WHERE f.person_id = p.person_id)
        )
        OR EXISTS (
            SELECT 1 FROM roster.claim AS c
            WHERE
                c.commune_code = :commune_code
                AND c.birth_date = s.birth_date
                AND c.birth_precision = 'day'
                AND c.name_key = s.name_key
                AND c.sex = s.sex
                AND c.village = s.village
                AND c.household_no = s.household_no
                AND NOT EXISTS (SELECT 1 FROM roster_free AS f WHERE f.person_id = c.person_id)
        )
    )
RETURNING s.row_id, s.person_id, s.action
