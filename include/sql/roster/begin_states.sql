-- The new state in force of everyone written. Who comes back to another commune than the last has moved.
-- Reads: roster_stage, roster.person. Writes: roster.person_history.
INSERT INTO roster.person_history (
    person_id, province_code, commune_code, citizen_id, insurance_no, full_name, birth_date, birth_precision, sex,
    ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, change, file_id, valid_from
)
SELECT
    p.person_id, p.province_code, p.commune_code, p.citizen_id, p.insurance_no, p.full_name, p.birth_date,
    p.birth_precision, p.sex, p.ethnic_code, p.phone, p.village, p.household_no, p.relation, p.guardian_citizen_id,
    p.residence,
    CASE
        WHEN
            s.action = 'returned'
            AND p.commune_code <> (
                SELECT h.commune_code FROM roster.person_history AS h
                WHERE h.person_id = s.person_id
                ORDER BY h.history_id DESC
                LIMIT 1
            )
            THEN 'moved'
        ELSE s.action
    END,
    p.file_id, :now
FROM roster_stage AS s
INNER JOIN roster.person AS p ON s.person_id = p.person_id
WHERE s.action IN ('new', 'returned', 'changed', 'moved')
