-- Rows whose number was held back and that say nothing else that is new.
-- Reads: roster.person. Writes: roster_stage.
UPDATE roster_stage AS s
SET action = 'unchanged', change = 'unchanged'
FROM roster.person AS p
WHERE
    s.row_id = ANY(CAST(:rows AS integer[]))
    AND s.action = 'changed'
    AND s.person_id = p.person_id
    AND (
        p.citizen_id, p.insurance_no, p.full_name, p.birth_date, p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village,
        p.household_no, p.relation, p.guardian_citizen_id, p.residence, p.group_set_id
    ) IS NOT DISTINCT FROM (
        s.citizen_id, s.insurance_no, s.full_name, s.birth_date, s.birth_precision, s.sex, s.ethnic_code, s.phone, s.village,
        s.household_no, s.relation, s.guardian_citizen_id, s.residence, s.group_set_id
    )
RETURNING s.row_id
